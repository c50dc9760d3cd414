import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "../support/free-port.js";
import { placeFor, ROOT } from "./support/place.js";
import { until } from "./support/until.js";
import { startTraffic } from "./support/watched-traffic.js";

/** Of Prometheus' answer to a query. */
interface Answer {
	status: string;
	error?: string;
	data?: { result: { value: [number, string] }[] };
}

test("promtool has no complaint about /metrics", async (t) => {
	const { ask } = await startTraffic(t, 10);
	const { text } = await ask("/metrics");
	const said = execFileSync("promtool", ["check", "metrics"], {
		input: text,
		stdio: ["pipe", "pipe", "pipe"],
	});
	assert.equal(said.toString(), "");
});

test("promtool accepts the alert rules of docs/monitor.md", async (t) => {
	const place = placeFor(t, "prometheus-rules");
	const docs = readFileSync(join(ROOT, "docs/monitor.md"), "utf8");
	const [, rules] = /```yaml\n(groups:\n[\s\S]*?)```/.exec(docs) ?? [];
	assert.ok(rules !== undefined);
	const file = place.file("rules.yml");
	writeFileSync(file, rules);
	execFileSync("promtool", ["check", "rules", file]);
});

test("a Prometheus scrapes it, and every query of the Grafana dashboard has an answer", async (t) => {
	const place = placeFor(t, "prometheus");
	const watched = await startTraffic(t, 20);
	const port = await freePort();
	const config = place.file("prometheus.yml");
	writeFileSync(
		config,
		`global: { scrape_interval: 1s }
scrape_configs:
  - job_name: galaxy-proxy
    static_configs: [{ targets: ["127.0.0.1:${watched.port}"] }]
`,
	);
	const command = [
		"prometheus",
		`--config.file=${config}`,
		`--storage.tsdb.path=${place.file("data")}`,
		`--web.listen-address=127.0.0.1:${port}`,
	];
	const query = async (expression: string): Promise<Answer> => {
		const asked = new URLSearchParams({ query: expression });
		const url = `http://127.0.0.1:${port}/api/v1/query?${asked}`;
		return (await (await fetch(url)).json()) as Answer;
	};
	const numberOf = async (expression: string): Promise<number> => {
		const { data } = await query(expression).catch(() => ({ data: undefined }));
		return Number(data?.result[0]?.value[1] ?? Number.NaN);
	};
	const isUp = async () => (await numberOf("up")) === 1;
	await place.startReady("prometheus", command, isUp);
	await watched.visitAll();
	const total = "sum(galaxy_proxy_requests_total)";
	const told = await watched.metric(
		'galaxy_proxy_requests_total{class="2xx",termination="--"}',
	);
	assert.equal(told, 2 * 18);
	const rate = "sum(rate(galaxy_proxy_requests_total[30s]))";
	await until("scrapes", async () => (await numberOf(`${total} > 40`)) > 0);
	await until("a rate", async () => (await numberOf(rate)) > 0);
	for (const expression of dashboardQueries()) {
		const answer = await query(expression);
		assert.equal(answer.status, "success", `${expression}: ${answer.error}`);
		assert.ok((answer.data?.result.length ?? 0) > 0, `nothing: ${expression}`);
	}
});

/** With its variables as Grafana would fill them in. */
function dashboardQueries(): string[] {
	const file = join(ROOT, "docs/grafana-dashboard.json");
	const { panels } = JSON.parse(readFileSync(file, "utf8")) as {
		panels: { targets: { expr: string }[] }[];
	};
	const queries = panels
		.flatMap(({ targets }) => targets.map(({ expr }) => expr))
		.map((expr) =>
			expr.replaceAll("$instance", ".*").replaceAll("$__rate_interval", "30s"),
		);
	assert.ok(queries.length > 20, `only ${queries.length} queries`);
	return queries;
}

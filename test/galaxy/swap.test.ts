import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { NO_REGISTRY } from "../e2e/support/tarballs.js";
import { until } from "../e2e/support/until.js";
import { doctorLines } from "./support/doctor.js";
import {
	forgetProxy,
	galaxyctl,
	proxyLog,
	proxyLogSize,
	proxyServes,
	useProxy,
} from "./support/gravity.js";
import { asGalaxy, currentLab, person } from "./support/lab.js";
import { daemons, proxyProcesses } from "./support/processes.js";
import { Tool } from "./support/tool.js";
import { Channel } from "./support/visit.js";

const lab = currentLab();
const NAME = "@galaxyproject/gx-it-proxy";

// gx-it-proxy is compiled for minutes where its binaries are not kept: by hand.
test("from gx-it-proxy to ours in two commands, and back in two, with a tool open", {
	skip: process.env.PEER ? false : "set PEER=1",
}, async (t) => {
	await useProxy(lab, { way: "gx-it-proxy" });
	forgetProxy(lab);
	const tool = await Tool.start(t, person(lab, "anna"), "lab_domain");
	assert.match(await gravityLine(), /^doubtful: .*the original gx-it-proxy/s);

	await swap(t, tool, ["install", lab.tarballs.gxItProxy]);
	const there = gravityLine();
	assert.match(await there, /^good: .*starts galaxy-proxy .*, installed in /s);
	await swap(t, tool, ["uninstall", NAME]);
	assert.match(await gravityLine(), /^doubtful: .*the original gx-it-proxy/s);
});

/** What doctor says about the proxy that gravity starts. */
async function gravityLine(): Promise<string> {
	const [line = "none"] = await doctorLines(lab, "gravity");
	return line;
}

/** The two commands, while the tool is used. */
async function swap(t: TestContext, tool: Tool, npm: string[]): Promise<void> {
	const old = proxyProcesses(lab);
	const isOld = daemonNow();
	const tunnel = await Channel.open(lab, tool.url("domain"));
	assert.ok(tunnel instanceof Channel);
	await tunnel.message(0);
	const visits = visit(tool);
	t.after(() => visits.end());
	const from = proxyLogSize(lab);
	const began = performance.now();
	const since = () => `${Math.round(performance.now() - began)} ms`;
	void tunnel
		.closed()
		.then((code) =>
			t.diagnostic(`the WebSocket ended after ${since()}: ${code}`),
		);

	await asGalaxy(lab, [join(lab.venv, "bin/npm"), ...npm], {
		npm_config_registry: NO_REGISTRY,
	});
	t.diagnostic(`npm ${npm[0]}: ${since()}`);
	await galaxyctl(lab, "restart", "gx-it-proxy");
	t.diagnostic(`with galaxyctl restart: ${since()}`);
	await proxyServes(lab, from);
	await tool.isReached("domain");
	const { statuses, longest } = await visits.end();
	t.diagnostic(`answers: ${JSON.stringify(statuses)}, ${longest} ms without`);
	assert.deepEqual(
		Object.keys(statuses).filter((status) => !/^(200|502)$/.test(status)),
		[],
	);
	await tunnel.closed();
	await until("the old processes to end", () => {
		const now = new Set(proxyProcesses(lab).map(({ pid }) => pid));
		return old.every(({ pid }) => !now.has(pid));
	});
	assert.equal(daemons(lab).length, 1);
	for (const { parent, command } of proxyProcesses(lab))
		assert.notEqual(parent, 1, command);
	assert.notEqual(daemonNow(), isOld, proxyLog(lab, from));
	const again = await Channel.open(lab, tool.url("domain"));
	assert.ok(again instanceof Channel);
	await again.close();
}

/** The product's lines are JSON. */
function daemonNow(): "ours" | "gx-it-proxy" {
	const last = proxyLog(lab).lastIndexOf("Executing:");
	const isOurs = proxyLog(lab).slice(last).includes('"msg":"listening"');
	return isOurs ? "ours" : "gx-it-proxy";
}

/** A user's requests, one after the other, until they end. */
function visit(tool: Tool) {
	const statuses: Record<string, number> = {};
	let goesOn = true;
	let longest = 0;
	let lastGood = performance.now();
	const asking = (async () => {
		while (goesOn) {
			const { status } = await tool.ask("domain");
			statuses[status] = (statuses[status] ?? 0) + 1;
			if (status === 200) {
				longest = Math.max(longest, Math.round(performance.now() - lastGood));
				lastGood = performance.now();
			}
			await pause(20);
		}
	})();
	return {
		async end() {
			goesOn = false;
			await asking;
			return { statuses, longest };
		},
	};
}

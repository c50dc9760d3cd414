import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { until } from "../e2e/support/until.js";
import { useProxy } from "./support/gravity.js";
import { currentLab, person, rootOf } from "./support/lab.js";
import { Tool } from "./support/tool.js";
import { type Answer, ask, Channel } from "./support/visit.js";
import { pathOf, type WrittenRow, writeRows } from "./support/written-rows.js";

const lab = currentLab();
const HERE = "127.0.0.1";
const WITH_PATH = {
	requires_path_in_url: true,
	requires_path_in_header_named: null,
};
/** Rows that appear at one address within this time count as entry points of one tool. */
const COMPANIONS_MS = 5_000;

/** Rows that lead to no container. `container_monitor_result: callback` lets a container have them written. */
const PLACES = {
	"Galaxy's own port": { host: HERE, port: lab.galaxyPort },
	"the front proxy": { host: HERE, port: lab.frontPort, info: WITH_PATH },
	"the proxy itself": { host: HERE, port: lab.proxyPort },
	"a service of this machine": { host: HERE, port: 22 },
	"the metadata address": { host: "169.254.169.254", port: 80 },
};

async function visit(row: WrittenRow | undefined): Promise<Answer> {
	assert.ok(row);
	return await ask(lab, `${pathOf(row)}api/version`);
}

async function statuses(rows: readonly WrittenRow[]) {
	const answers: Record<string, number> = {};
	for (const [index, name] of Object.keys(PLACES).entries())
		answers[name] = (await visit(rows[index])).status;
	return answers;
}

const CLOSED = {
	"Galaxy's own port": 502,
	"the front proxy": 502,
	"the proxy itself": 502,
	"a service of this machine": 502,
	"the metadata address": 502,
};

test("a row leads to no service of this machine, save Galaxy's while its port is unknown", async (t) => {
	await useProxy(lab, {});
	const rows = await writeRows(t, lab, Object.values(PLACES));
	assert.deepEqual(await statuses(rows), {
		...CLOSED,
		"Galaxy's own port": 200,
		// It went through the front proxy once more, and that was all.
		"the front proxy": 508,
	});

	const environment = { GALAXY_PROXY_ALLOW_TARGET: lab.engineAddress };
	await useProxy(lab, { environment });
	assert.deepEqual(await statuses(rows), CLOSED);
	await foreignRow(t);

	// As front galaxy prints it.
	const file = join(rootOf(lab), "config/galaxy.yml");
	await useProxy(lab, { environment: { GALAXY_PROXY_CONFIG: file } });
	assert.deepEqual(await statuses(rows), CLOSED);
});

/** --allow-target cannot tell the tools of one engine apart; a connection can. */
async function foreignRow(t: TestContext): Promise<void> {
	const tool = await Tool.start(t, person(lab, "ben"), "lab_domain");
	const began = performance.now();
	const tunnel = await Channel.open(lab, tool.url("domain"));
	assert.ok(tunnel instanceof Channel);
	await tunnel.message(0);
	const [own] = await tool.rows();
	assert.ok(own);
	const target = { host: own.host, port: own.port };
	await until(
		"the other rows of a tool to be there",
		() => performance.now() - began > COMPANIONS_MS,
	);
	const [foreign] = await writeRows(t, lab, [target]);
	const refused = await visit(foreign);
	assert.equal(refused.status, 502);
	assert.match(refused.text, /may belong to another one/);
	assert.equal((await tool.ask("domain")).status, 200);
	tunnel.socket.send("mine");
	assert.equal(await tunnel.message(1), "mine");
	await tunnel.close();
}

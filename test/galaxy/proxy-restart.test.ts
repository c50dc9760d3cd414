import assert from "node:assert/strict";
import { test } from "node:test";
import { isListening, until } from "../e2e/support/until.js";
import {
	galaxyctl,
	proxyLogSize,
	proxyServes,
	useProxy,
} from "./support/gravity.js";
import { currentLab, person } from "./support/lab.js";
import { daemons, proxyProcesses } from "./support/processes.js";
import { Tool } from "./support/tool.js";
import { Channel } from "./support/visit.js";

test("galaxyctl restarts and stops the proxy while a tunnel is open, and leaves no process", async (t) => {
	const lab = currentLab();
	await useProxy(lab, { way: "in galaxy_root" });
	const tool = await Tool.start(t, person(lab, "anna"), "lab_domain");
	const before = proxyProcesses(lab);
	const tunnel = await openTunnel(t, tool);

	const from = proxyLogSize(lab);
	await galaxyctl(lab, "restart", "gx-it-proxy");
	await proxyServes(lab, from);
	t.diagnostic(`the tunnel was closed with ${await tunnel.closed()}`);
	await until("the old processes to end", () => {
		const pids = proxyProcesses(lab).map(({ pid }) => pid);
		return before.every(({ pid }) => !pids.includes(pid));
	});
	assert.equal(daemons(lab).length, 1);
	for (const { parent, command } of proxyProcesses(lab))
		assert.notEqual(parent, 1, command);
	await tool.isReached("domain");

	const second = await openTunnel(t, tool);
	await galaxyctl(lab, "stop", "gx-it-proxy");
	await second.closed();
	await until("all to end", () => proxyProcesses(lab).length === 0);
	assert.equal(await isListening(lab.proxyPort), false);

	const next = proxyLogSize(lab);
	await galaxyctl(lab, "start", "gx-it-proxy");
	await proxyServes(lab, next);
	await tool.isReached("domain");
	assert.equal(daemons(lab).length, 1);
});

async function openTunnel(
	t: { after(close: () => Promise<void>): void },
	tool: Tool,
): Promise<Channel> {
	const tunnel = await Channel.open(tool.lab, tool.url("domain"));
	assert.ok(tunnel instanceof Channel);
	t.after(() => tunnel.close());
	await tunnel.message(0);
	return tunnel;
}

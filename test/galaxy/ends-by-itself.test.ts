import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../e2e/support/until.js";
import { docker } from "./support/engine.js";
import { currentLab, person } from "./support/lab.js";
import { Tool } from "./support/tool.js";
import { ask, Channel } from "./support/visit.js";

test("a tool whose program ends, well or badly, answers 502 until Galaxy has its output, then 404", async (t) => {
	const lab = currentLab();
	const anna = person(lab, "anna");
	const ways: Record<string, (tool: Tool) => Promise<unknown>> = {
		ok: (tool) => tool.ask("domain", "exit/0"),
		error: (tool) => tool.ask("domain", "exit/3"),
		killed: (tool) => docker(lab, "kill", tool.started.container),
	};
	const tools = await Promise.all(
		Object.keys(ways).map(() => Tool.start(t, anna, "lab_domain")),
	);
	const ended = Object.entries(ways).map(async ([name, end], index) => {
		const tool = tools[index];
		assert.ok(tool);
		const tunnel = await Channel.open(lab, tool.url("domain"));
		assert.ok(tunnel instanceof Channel);
		await end(tool);
		await tunnel.closed();
		await until("the container's end", async () => !(await tool.isRunning()));
		const first = await tool.ask("domain");
		assert.equal(first.status, 502);
		assert.match(first.text, /^Proxy target missing/);
		const page = await ask(lab, tool.url("domain"), {
			headers: { Accept: "text/html" },
		});
		assert.equal(page.status, 502);
		assert.match(page.text, /<h1[^>]*>This interactive tool no longer answers/);
		const met = await tool.statusesUntil("domain", 404);
		assert.deepEqual(met, [502, 404]);
		assert.deepEqual(await tool.rows(), []);
		await tool.jobIs(name === "ok" ? "ok" : "error");
	});
	await Promise.all(ended);
});

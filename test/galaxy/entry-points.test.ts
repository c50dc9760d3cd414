import assert from "node:assert/strict";
import { test } from "node:test";
import { currentLab, person } from "./support/lab.js";
import { Tool } from "./support/tool.js";

test("every entry point opens, and the map has its row", async (t) => {
	const anna = person(currentLab(), "anna");
	const tools = await Promise.all([
		Tool.start(t, anna, "lab_paths"),
		Tool.start(t, anna, "lab_domain"),
		Tool.start(t, anna, "lab_shared"),
	]);
	for (const tool of tools) {
		const rows = await tool.rows();
		for (const { id, label, target = "" } of tool.started.entryPoints) {
			const row = rows.find(({ key }) => key === id);
			assert.ok(row, `the row of ${label}`);
			assert.equal(row.host, currentLab().engineAddress);
			assert.ok(target.includes(row.token), `${target} has the row's token`);
			assert.equal((await tool.ask(label)).status, 200);
		}
		assert.equal(rows.length, tool.started.entryPoints.length);
	}
});

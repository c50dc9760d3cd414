import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../e2e/support/until.js";
import { api } from "./support/api.js";
import { currentLab, person } from "./support/lab.js";
import { Tool } from "./support/tool.js";

test("a tool that its user stops is gone at once or with its job, whatever was deleted", async (t) => {
	const lab = currentLab();
	const anna = person(lab, "anna");
	const [paths, ...others] = await Promise.all([
		Tool.start(t, anna, "lab_paths"),
		Tool.start(t, anna, "lab_domain"),
		Tool.start(t, anna, "lab_domain"),
		Tool.start(t, anna, "lab_domain"),
	]);
	const call = (words: string) => api(lab, anna.apiKey, words);

	// Its own row goes with the answer of the API, those of its neighbours with the job.
	await call(`DELETE entry_points/${paths.key("stripped")}`);
	const own = paths.statusesUntil("stripped", 404);
	const neighbours = ["whole", "field", "domain"].map((label) =>
		paths.statusesUntil(label, 404),
	);
	assert.deepEqual(await own, [404]);
	for (const met of await Promise.all(neighbours)) assertInOrder(met);
	await isOver(paths, "ok");

	const ways = {
		"the job": (tool: Tool) => call(`DELETE jobs/${tool.started.job}`),
		"the dataset": (tool: Tool) =>
			call(
				`DELETE histories/${tool.started.history}/contents/${tool.started.output}?purge=true`,
			),
		"the history": (tool: Tool) =>
			call(`DELETE histories/${tool.started.history}?purge=true`),
	};
	for (const [index, [name, end]] of Object.entries(ways).entries()) {
		const tool = others[index];
		assert.ok(tool);
		await end(tool);
		const met = await tool.statusesUntil("domain", 404);
		t.diagnostic(`after the deletion of ${name}: ${met.join(", ")}`);
		assertInOrder(met);
		await isOver(tool, "deleted");
	}
});

/** The container may answer to its end, then nothing is there, then the row is gone. */
function assertInOrder(met: number[]): void {
	const order = [200, 502, 404];
	const expected = order.filter((status) => met.includes(status));
	assert.deepEqual(met, expected);
}

async function isOver(tool: Tool, state: string): Promise<void> {
	await tool.jobIs(state);
	assert.deepEqual(await tool.rows(), []);
	await until("the container's end", async () => !(await tool.isRunning()));
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, request, values } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startGroup } from "../support/group.js";

/** As many connections reach every worker. */
const CONNECTIONS = 20;

// A row that led back to a daemon with several workers was followed once for each worker, because each of them recognised
// only its own requests.
test("a worker recognises the requests of the others", async (t) => {
	const container = await startAnswering(t);
	const group = await startGroup(t, {
		sessions: { abc: container },
		args: ["--keep-alive", "never"],
	});
	for (let n = 0; n < CONNECTIONS; n++)
		await ask(t, group.port, request("GET /"));
	const marks = container.requests.map(({ headers }) =>
		values(headers, "CDN-Loop").join(),
	);
	assert.equal(new Set(marks).size, 1);
	for (let n = 0; n < CONNECTIONS; n++) {
		const text = request("GET /", `CDN-Loop: ${marks[0]}`);
		assert.equal((await ask(t, group.port, text)).status, 508);
	}
	await group.roll();
	const text = request("GET /", `CDN-Loop: ${marks[0]}`);
	assert.equal((await ask(t, group.port, text)).status, 508);
});

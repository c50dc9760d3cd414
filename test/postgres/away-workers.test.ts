import assert from "node:assert/strict";
import { test } from "node:test";
import { noPostgres, startSite } from "./site.js";

/** Connections, so that both workers get some. */
const MANY = 40;

test("without a server a tool that one worker has served is served by the other too", {
	skip: noPostgres(),
}, async (t) => {
	const site = await startSite(t, { args: ["--workers", "2"] });
	const { server, watched, status } = site;
	while (/"state":"starting"/.test((await watched.ask("/live")).text));
	assert.equal(await status("k"), 200);
	await server.stop();
	while ((await watched.ask("/readyz")).status === 200);
	const answers = Array.from({ length: MANY }, () => status("k"));
	assert.deepEqual(new Set(await Promise.all(answers)), new Set([200]));
	assert.equal(await status("other"), 503);
});

import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { startCheck } from "./started.js";

test("at most sixteen questions are under way, and the others follow in order", async (t) => {
	const { galaxy, ask } = await startCheck(t);
	const waiting: ServerResponse[] = [];
	galaxy.instead = (response) => waiting.push(response);
	const asked = Array.from({ length: 20 }, (_, n) =>
		ask("galaxysession=anna", { sessionKey: `key${n}/token` }),
	);
	await galaxy.questions(16);
	assert.equal(galaxy.asked.length, 16);
	for (let n = 0; n < 20; n++) {
		await galaxy.questions(n + 1);
		waiting[n]?.end('{"target":"/"}');
		assert.equal(await asked[n], "admitted");
		assert.ok(galaxy.asked.length <= n + 17);
	}
	assert.match(galaxy.asked[19]?.path ?? "", /key19/);
});

test("one that found no place within three seconds fails", async (t) => {
	const { galaxy, ask } = await startCheck(t);
	galaxy.instead = () => undefined;
	const asked = Array.from({ length: 17 }, (_, n) =>
		ask("galaxysession=anna", { sessionKey: `key${n}/token` }),
	);
	const answers = await Promise.all(asked);
	assert.deepEqual(new Set(answers), new Set(["ownerUnknown"]));
});

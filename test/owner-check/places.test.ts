import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { startCheck } from "./started.js";

test("at most sixteen questions are under way, and the others follow in order", async (t) => {
	const { galaxy, ask } = await startCheck(t);
	const waiting: ServerResponse[] = [];
	galaxy.instead = (response, { url }) => {
		if (url === "/") response.end();
		else waiting.push(response);
	};
	const asked = Array.from({ length: 20 }, (_, n) =>
		ask("galaxysession=anna", { sessionKey: `key${n}/token` }),
	);
	await galaxy.questions(16);
	// A seventeenth question would arrive before this request, which begins later.
	await (await fetch(galaxy.url)).text();
	assert.equal(waiting.length, 16);
	for (let n = 0; n < 20; n++) {
		await galaxy.questions(n + 2);
		waiting[n]?.end('{"target":"/"}');
		assert.equal(await asked[n], "admitted");
	}
	assert.match(galaxy.asked.at(-1)?.path ?? "", /key19/);
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

import assert from "node:assert/strict";
import { test } from "node:test";
import { type RawClient, request, values } from "../../support/client.js";
import { OK } from "../../support/container.js";
import { startRawChain } from "../../support/proxy.js";
import { ONE_PROCESS } from "../../support/workers.js";

const THREE = request("GET /1") + request("GET /2") + request("GET /3");

async function connectionLines(client: RawClient, count: number) {
	const lines: string[] = [];
	for (let n = 0; n < count; n++)
		lines.push(values((await client.response()).headers, "Connection").join());
	return lines;
}

/** A chain whose first request is in flight, with `text` sent behind it, and which drains. */
async function startDraining(
	t: Parameters<typeof startRawChain>[0],
	text: string,
) {
	const { client, proxy, container } = await startRawChain(t, undefined);
	client.send(text);
	const first = await container.connection(0);
	await first.request();
	const drained = proxy.proxy.drain();
	return { client, container, first, drained };
}

test("requests that were sent together are all answered in a drain, and the last answer ends the connection", {
	skip: ONE_PROCESS,
}, async (t) => {
	const { client, container, first, drained } = await startDraining(t, THREE);
	first.send(OK);
	for (const index of [1, 2]) {
		const next = await container.connection(index);
		await next.request();
		next.send(OK);
	}
	assert.deepEqual(await connectionLines(client, 3), ["", "", "close"]);
	assert.equal(await client.closed, "end");
	client.end();
	await drained;
});

test("half a head behind the request in flight may be completed in a drain", {
	skip: ONE_PROCESS,
}, async (t) => {
	const next = request("GET /2");
	const text = request("GET /1") + next.slice(0, 20);
	const { client, container, first, drained } = await startDraining(t, text);
	first.send(OK);
	assert.deepEqual(await connectionLines(client, 1), [""]);
	client.send(next.slice(20));
	const second = await container.connection(1);
	await second.request();
	second.send(OK);
	assert.deepEqual(await connectionLines(client, 1), ["close"]);
	client.end();
	await drained;
});

test("an empty line behind a request is not the next one", {
	skip: ONE_PROCESS,
}, async (t) => {
	const text = `${request("PUT /", "Content-Length: 2")}ok\r\n`;
	const { client, first, drained } = await startDraining(t, text);
	first.send(OK);
	assert.deepEqual(await connectionLines(client, 1), ["close"]);
	client.end();
	await drained;
});

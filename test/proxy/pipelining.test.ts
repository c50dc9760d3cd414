import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, type RawClient, request } from "../support/client.js";
import { OK, startAnswering } from "../support/container.js";
import { startChain, startClient } from "../support/proxy.js";

async function statuses(client: RawClient, count: number): Promise<number[]> {
	const found: number[] = [];
	for (let n = 0; n < count; n++) found.push((await client.response()).status);
	return found;
}

test("each pipelined request is authenticated", async (t) => {
	const mine = await startAnswering(t);
	const other = await startAnswering(t, OK.replace("200", "201"));
	const { client } = await startClient(t, { abc: mine, other });
	client.send(
		request("GET /1") +
			anonymous("GET /2") +
			anonymous("GET /3", "Cookie: galaxysession=other") +
			anonymous("GET /4", "Cookie: galaxysession=unknown") +
			request("GET /5"),
	);
	assert.deepEqual(await statuses(client, 5), [200, 403, 201, 403, 200]);
	const targets = (container: typeof mine) =>
		container.requests.map((each) => each.target);
	assert.deepEqual(targets(mine), ["/1", "/5"]);
	assert.deepEqual(targets(other), ["/3"]);
});

test("the session map is asked for each request", async (t) => {
	const { client, proxy } = await startChain(t);
	assert.deepEqual(await statuses(client.send(request("GET /")), 1), [200]);
	proxy.routes.delete("abc");
	assert.deepEqual(await statuses(client.send(request("GET /")), 1), [403]);
});

test("answers come in the order of the requests", async (t) => {
	const { client } = await startChain(t, {
		answer: ({ target }) => {
			const body = target.slice(1);
			return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
		},
	});
	const count = 50;
	const texts = Array.from({ length: count }, (_, n) => request(`GET /${n}`));
	client.send(texts.join(""));
	for (let n = 0; n < count; n++)
		assert.equal((await client.response()).text, String(n));
});

test("bytes after Connection: close are ignored", async (t) => {
	const { client, container } = await startChain(t);
	client.send(request("GET /1", "Connection: close") + request("GET /2"));
	assert.deepEqual(await statuses(client, 1), [200]);
	assert.equal(await client.closed, "end");
	assert.equal(container.requests.length, 1);
});

test("empty lines before a request are ignored", async (t) => {
	const { client } = await startChain(t);
	client.send(`\r\n\r\n${request("GET /1")}\r\n${request("GET /2")}`);
	assert.deepEqual(await statuses(client, 2), [200, 200]);
});

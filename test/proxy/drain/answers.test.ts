import assert from "node:assert/strict";
import { test } from "node:test";
import {
	anonymous,
	as,
	COOKIE,
	connect,
	head,
	request,
	values,
} from "../../support/client.js";
import { OK } from "../../support/container.js";
import { startChain } from "../../support/proxy.js";
import { ONE_PROCESS } from "../../support/workers.js";

const OLD = head("GET / HTTP/1.0", "Connection: keep-alive", COOKIE);
const UPLOAD = `${request("PUT /", "Content-Length: 5")}hello`;
const CHUNKED =
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
const EARLY = `${head("HTTP/1.1 100 Continue")}${OK}`;

/** Name, request, status, and the container's answer if it is not OK. */
const ANSWERS = [
	["a GET", request("GET /"), 200, OK],
	["chunks", request("GET /"), 200, CHUNKED],
	["a response until the container's end", request("GET /"), 200, ""],
	[
		"a HEAD",
		request("HEAD /"),
		200,
		head("HTTP/1.1 200 OK", "Content-Length: 9"),
	],
	["204", request("GET /"), 204, head("HTTP/1.1 204 No Content")],
	["304", request("GET /"), 304, head("HTTP/1.1 304 Not Modified")],
	["an upload", UPLOAD, 200, OK],
	["an interim response first", UPLOAD, 200, EARLY],
	["HTTP/1.0", OLD, 200, OK],
	["an unknown session", as("unknown", request("GET /")), 403, OK],
	["no session", anonymous("GET /", "Accept: text/html"), 403, OK],
	["a refused upload", anonymous("PUT /", "Content-Length: 0"), 403, OK],
	["a malformed head", "GET\r\n\r\n", 400, OK],
] as const;

for (const [name, text, status, answer] of ANSWERS)
	test(`in a drain the answer ends the connection, and says so: ${name}`, {
		skip: ONE_PROCESS,
	}, async (t) => {
		const { client, proxy } = await startChain(t, {
			answer: (_, connection) => {
				if (answer !== "") return answer;
				connection.send("HTTP/1.1 200 OK\r\n\r\nok").end();
				return "";
			},
		});
		const before = anonymous("GET /before");
		const first = await client.send(before).response();
		assert.deepEqual(values(first.headers, "Connection"), []);
		const drained = proxy.proxy.drain();
		const isHead = text.startsWith("HEAD");
		let response = await client.send(text).response({ head: isHead });
		if (response.status === 100) response = await client.response();
		assert.equal(response.status, status);
		assert.deepEqual(values(response.headers, "Connection"), ["close"]);
		assert.equal(await client.closed, "end");
		client.end();
		assert.deepEqual(await drained, { requests: 0, tunnels: 0 });
	});

test("in a drain, clients beyond the limit get their answer", {
	skip: ONE_PROCESS,
}, async (t) => {
	const { client, proxy } = await startChain(t, { maxClients: 1 });
	await client.send(request("GET /")).response();
	const refused = await connect(t, proxy.port);
	await refused.until("\r\n\r\n");
	const drained = proxy.proxy.drain();
	assert.equal((await refused.response()).status, 503);
	await drained;
});

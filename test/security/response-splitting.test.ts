import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../support/client.js";
import {
	exceptOther,
	expectOthersServed,
	startReusingChain,
} from "./attack.js";

const EVIL = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";

for (const [name, line] of [
	["a bare CR", "X: a\rSet-Cookie: galaxysession=evil"],
	["CR CR LF", "X: a\r\r\nSet-Cookie: galaxysession=evil"],
	["CR CR", `X: a\r\r${EVIL}`],
	["NUL", "X: a\0b"],
	["a name with a space", "X Y: a"],
] as const)
	test(`response splitting (RFC 9112 11.1): ${name} in a container's head is 502`, async (t) => {
		const answer = `HTTP/1.1 200 OK\r\n${line}\r\nContent-Length: 0\r\n\r\n`;
		const chain = await startReusingChain(t, {
			answer: exceptOther(answer),
		});
		const { client } = chain;
		const { status, headers } = await client.send(request("GET /a")).response();
		assert.equal(status, 502);
		assert.ok(!headers.some(([field]) => /^(x|set-cookie)/i.test(field)));
		await chain.container.connections[0]?.closed;
		assert.ok(!client.received.includes("evil"));
		await expectOthersServed(t, chain);
	});

test("response splitting: the field behind a bare LF is checked like every other", async (t) => {
	const lines =
		"X: a\nSet-Cookie: galaxysession=evil\nX-Accel-Redirect: /evil\n\tevil\nNEL: evil";
	const { client } = await startReusingChain(t, {
		answer: `HTTP/1.1 200 OK\r\n${lines}\r\nContent-Length: 2\r\n\r\nok`,
	});
	const { headers, text } = await client.send(request("GET /a")).response();
	assert.equal(text, "ok");
	assert.deepEqual(headers, [
		["X", "a"],
		["Content-Length", "2"],
	]);
	assert.ok(!client.received.includes("evil"));
});

test("response splitting: LF LF ends the head, and the next bytes are its body alone", async (t) => {
	const chain = await startReusingChain(t, {
		answer: exceptOther(`HTTP/1.1 200 OK\r\nContent-Length: 2\n\nok${EVIL}`),
	});
	const { client } = chain;
	assert.equal((await client.send(request("GET /a")).response()).text, "ok");
	await chain.container.connections[0]?.closed;
	assert.ok(!client.received.includes("evil"));
	await expectOthersServed(t, chain);
});

// Node once cut a character's code to its low byte: U+010D U+010A became CR LF (CVE-2016-2216, CVE-2018-12116).
for (const target of ["/%0d%0aX:%20y", "/\xc4\x8d\xc4\x8aX:y", "/?a=%0A%0D"])
	test(`request splitting: ${JSON.stringify(target)} is passed on byte for byte`, async (t) => {
		const { client, container } = await startReusingChain(t);
		client.send(request(`GET ${target}`, "X: \xc4\x8d\xc4\x8aY: b"));
		await client.response();
		const { received } = await container.connection(0);
		assert.ok(received.startsWith(`GET ${target} HTTP/1.1\r\n`));
		assert.ok(received.includes("\r\nX: \xc4\x8d\xc4\x8aY: b\r\n"));
	});

test("response splitting: the proxy's own lines contain nothing from the request but an Origin of one line", async (t) => {
	const { client } = await startReusingChain(t, { cors: "any" });
	const text = request("GET /%0d%0aX:%20y", "Origin: http://a%0d%0aX: y");
	const { headers } = await client
		.send(text.replace("=abc", "=other"))
		.response();
	assert.deepEqual(
		headers.filter(([, value]) => value.includes("0d")),
		[["Access-Control-Allow-Origin", "http://a%0d%0aX: y"]],
	);
});

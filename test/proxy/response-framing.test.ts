import assert from "node:assert/strict";
import { test } from "node:test";
import { head, type RawResponse, request, values } from "../support/client.js";
import { startChain } from "../support/proxy.js";
import { expectAlive } from "./own-answer.js";

/** A container's bytes, and whether it closes after them. */
interface Sent {
	readonly name: string;
	readonly text: string;
	readonly closes?: boolean;
	readonly framing: RawResponse["framing"];
}

const HELLO: Sent[] = [
	{
		name: "a length",
		text: `${head("HTTP/1.1 200 OK", "Content-Length: 5")}hello`,
		framing: "length",
	},
	{
		name: "chunks",
		text: `${head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")}2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`,
		framing: "chunked",
	},
	{
		name: "chunks next to a length",
		text: `${head("HTTP/1.1 200 OK", "Content-Length: 3", "Transfer-Encoding: chunked")}5\r\nhello\r\n0\r\n\r\n`,
		framing: "chunked",
	},
	{
		name: "the end of the connection",
		text: `${head("HTTP/1.1 200 OK")}hello`,
		closes: true,
		framing: "chunked",
	},
	{
		name: "the end of an HTTP/1.0 connection",
		text: `${head("HTTP/1.0 200 OK")}hello`,
		closes: true,
		framing: "chunked",
	},
	{
		name: "an HTTP/1.0 length",
		text: `${head("HTTP/1.0 200 OK", "Content-Length: 5")}hello`,
		framing: "length",
	},
];

for (const { name, text, closes, framing } of HELLO)
	for (const pieces of [[text], [...text]])
		test(`a body ended by ${name}, in ${pieces.length} pieces`, async (t) => {
			const { client } = await startChain(t, {
				answer: (_request, connection) => {
					for (const piece of pieces) connection.send(piece);
					if (closes) connection.end();
					return "";
				},
			});
			const response = await client.send(request("GET /")).response();
			assert.equal(response.version, "1.1");
			assert.equal(response.text, "hello");
			assert.equal(response.framing, framing);
			assert.deepEqual(values(response.headers, "Connection"), []);
			await expectAlive(client);
		});

test("an empty body that the end of the connection ends", async (t) => {
	const { client } = await startChain(t, {
		answer: (_request, connection) => {
			connection.send(head("HTTP/1.1 200 OK")).end();
			return "";
		},
	});
	const response = await client.send(request("GET /")).response();
	assert.equal(response.framing, "chunked");
	assert.equal(response.text, "");
	await expectAlive(client);
});

const LENGTH = "Content-Length: 5";
const CHUNKED = "Transfer-Encoding: chunked";
const FIRST = "HTTP/1.1";

for (const [method, answer, lengths] of [
	["HEAD", head(`${FIRST} 200 OK`, LENGTH), ["5"]],
	["HEAD", head(`${FIRST} 200 OK`, CHUNKED), []],
	["HEAD", head(`${FIRST} 200 OK`), []],
	["HEAD", `${head(`${FIRST} 200 OK`, LENGTH)}hello`, ["5"]],
	["GET", head(`${FIRST} 204 No Content`), []],
	["GET", head(`${FIRST} 204 No Content`, LENGTH), []],
	["GET", `${head(`${FIRST} 204 No Content`, LENGTH)}hello`, []],
	["GET", head(`${FIRST} 304 Not Modified`, LENGTH, "ETag: x"), ["5"]],
	["GET", `${head(`${FIRST} 304 Not Modified`, CHUNKED)}0\r\n\r\n`, []],
	["GET", `${head(`${FIRST} 304 Not Modified`, LENGTH)}hello`, ["5"]],
	["DELETE", `${head(`${FIRST} 200 OK`, "Content-Length: 0")}hello`, ["0"]],
] as const)
	test(`${method} answered ${JSON.stringify(answer)} has no body`, async (t) => {
		const { client, container } = await startChain(t, {
			answer,
			keepAlive: "always",
		});
		for (let round = 0; round < 2; round++) {
			client.send(request(`${method} /`));
			const response = await client.response({ head: method === "HEAD" });
			assert.equal(response.text, "");
			assert.deepEqual(values(response.headers, "Content-Length"), lengths);
			assert.deepEqual(values(response.headers, "Transfer-Encoding"), []);
		}
		await expectAlive(client);
		// A body that is not allowed must not be taken for the next answer.
		assert.equal(container.connections.length, 2);
	});

test("trailers pass, except fields that are not allowed there", async (t) => {
	const fields = ["Transfer-Encoding: chunked", "Trailer: X-Sum"];
	const trailers = [
		"X-Sum: 7",
		"Content-Length: 3",
		"Set-Cookie: a=1",
		"x-b:2",
	];
	const { client } = await startChain(t, {
		answer: `${head("HTTP/1.1 200 OK", ...fields)}5\r\nhello\r\n${head("0", ...trailers)}`,
	});
	const response = await client.send(request("GET /")).response();
	assert.equal(response.text, "hello");
	assert.deepEqual(values(response.headers, "Trailer"), ["X-Sum"]);
	assert.deepEqual(response.trailers, [
		["X-Sum", "7"],
		["x-b", "2"],
	]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { head, type RawResponse, request, values } from "../support/client.js";
import { startChain } from "../support/proxy.js";
import { expectAlive } from "./own-answer.js";

/** What a container sends, and whether it closes behind it. */
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
		name: "chunks beside a length",
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

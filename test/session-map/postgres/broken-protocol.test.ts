import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { readDatabase } from "../../../src/config/database.js";
import { connectOnce } from "../../../src/session-map/postgres/connect.js";
import { Unreadable } from "../../../src/session-map/unreadable.js";

/** A message of the server (postgresql.org/docs/current/protocol-message-formats.html). */
function message(type: string, body: Uint8Array = Buffer.alloc(0)): Buffer {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(body.length + 4);
	return Buffer.concat([Buffer.from(type), length, body]);
}

const AUTHENTICATED = message("R", Buffer.alloc(4));
const KEY = message("K", Buffer.alloc(8));
const READY = message("Z", Buffer.from("I"));
const STARTED = Buffer.concat([AUTHENTICATED, KEY, READY]);

/** Each of them made pg throw or report an error in a way of its own. */
const ANSWERS: Readonly<Record<string, Buffer>> = {
	"an end of parsing that nobody asked for, again and again": Buffer.concat(
		Array.from({ length: 9 }, () => Buffer.concat([message("1"), READY])),
	),
	"a row before its description": message("D", Buffer.from([0, 1, 0, 0, 0, 9])),
	"a row with a column longer than the message": Buffer.concat([
		message("T", Buffer.concat([Buffer.from([0, 1, 65, 0]), Buffer.alloc(18)])),
		message("D", Buffer.from([0, 1, 127, 255, 255, 255])),
	]),
	"a negative length": Buffer.from([68, 255, 255, 255, 255, 0, 0]),
	"a length of zero": Buffer.from([90, 0, 0, 0, 0, 73]),
	"an unknown message": message("!", Buffer.from("nonsense")),
	"an error without its end": message("E", Buffer.from("SFATAL")),
	"another authentication": message("R", Buffer.from([0, 0, 0, 99])),
	"a complete command without a query": Buffer.concat([
		message("C", Buffer.from("SELECT 1\0")),
		message("C", Buffer.from("SELECT 1\0")),
		READY,
		READY,
	]),
	"a copy": message("G", Buffer.from([0, 0, 1])),
};

for (const [what, answer] of Object.entries(ANSWERS))
	for (const [when, before] of [
		["at the start", undefined],
		["to a query", STARTED],
	] as const)
		test(`${what}, sent ${when}, is an error of the map and nothing else`, async (t) => {
			const url = await startNonsense(t, before, answer);
			const origin = { source: "flag", name: "--sessions" } as const;
			// An error that nobody catches would fail the test.
			await assert.rejects(
				connectOnce(readDatabase(url, {}, origin)),
				(error) => {
					assert.ok(error instanceof Unreadable, String(error));
					return true;
				},
			);
		});

/** A server that answers the first message with `before`, and each later one with `answer`. @returns its URL */
async function startNonsense(
	t: TestContext,
	before: Buffer | undefined,
	answer: Buffer,
): Promise<string> {
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.on("error", () => {});
		let answers = before === undefined ? [answer] : [before, answer];
		socket.on("data", () => {
			socket.write(answers[0] ?? answer);
			answers = answers.slice(1);
		});
	});
	t.after(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	return `postgresql://galaxy@127.0.0.1:${port}/gxitproxy?sslmode=disable`;
}

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { anonymous, connect, request } from "../support/client.js";
import {
	type BackendConnection,
	OK,
	startAnswering,
	startBackend,
} from "../support/container.js";
import {
	type RunningProxy,
	startProxy,
	startRawChain,
} from "../support/proxy.js";

const BODY = randomBytes(8_000_000);
const OTHERS = Buffer.alloc(1_000_000, "x");
const BAD = "HTTP/1.1 500 Bad\r\nContent-Length: 0\r\n\r\n";
const STEP = 150_000;
/** Turns of the event loop without a byte after which nothing more is taken. */
const STILL = 200;

/** Reads on, a piece at a time, with time for all others between; gives what came behind the head. */
async function takeSlowly(
	connection: BackendConnection,
	length: number,
): Promise<Buffer> {
	const { socket } = connection;
	for (;;) {
		socket.pause();
		const bodyAt = connection.received.indexOf("\r\n\r\n") + 4;
		if (bodyAt > 3 && connection.receivedBytes >= bodyAt + length) break;
		await turn();
		socket.resume();
		await once(socket, "data");
	}
	const bodyAt = connection.received.indexOf("\r\n\r\n") + 4;
	return Buffer.from(connection.received.slice(bodyAt), "latin1");
}

/** Whether the proxy has taken so many bytes of the session's upload, all that it takes. */
async function allTaken(
	{ proxy }: RunningProxy,
	key: string,
	length: number,
): Promise<boolean> {
	let taken = -1;
	for (let still = 0; still < STILL; still++) {
		await turn();
		const load = proxy.load().sessions.find((one) => one.sessionKey === key);
		if (load?.bytesFromClient === length) return true;
		if (load !== undefined && load.bytesFromClient !== taken) still = 0;
		taken = load?.bytesFromClient ?? taken;
	}
	return false;
}

test("an upload that the container takes slowly arrives as it was sent", async (t) => {
	const { client, container } = await startRawChain(t, ({ socket }) =>
		socket.pause(),
	);
	client.send(request("POST /", `Content-Length: ${BODY.length}`)).send(BODY);
	const connection = await container.connection(0);
	const body = await takeSlowly(connection, BODY.length);
	assert.ok(body.equals(BODY));
});

test("bytes that wait for a container that has already answered are not overwritten by later uploads", async (t) => {
	// Each upload has its own connection; the container reads the second of two, not the first.
	let untaken = true;
	const container = await startBackend(t, async (connection) => {
		const { socket } = connection;
		if (untaken) socket.pause();
		else {
			const { body } = await connection.request();
			connection.send(body.equals(BODY) ? OK : BAD);
		}
	});
	const other = await startAnswering(t);
	const proxy = await startProxy(
		t,
		{ abc: container, other },
		{ keepAlive: "never" },
	);
	let waited = 0;
	for (let length = STEP; length < BODY.length; length += STEP) {
		const client = await connect(t, proxy.port);
		const sent = BODY.subarray(0, length);
		untaken = true;
		client.send(request("POST /", `Content-Length: ${length}`)).send(sent);
		const connection = await container.connection(2 * waited);
		if (!(await allTaken(proxy, "abc", length))) break;
		untaken = false;
		connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
		await client.response();
		client.send(request("POST /", `Content-Length: ${BODY.length}`)).send(BODY);
		assert.equal((await client.response()).status, 200);
		const busy = await connect(t, proxy.port);
		const cookie = "Cookie: galaxysession=other";
		busy.send(anonymous("POST /", cookie, `Content-Length: ${OTHERS.length}`));
		busy.send(OTHERS);
		await busy.response();
		const body = await takeSlowly(connection, length);
		assert.ok(body.equals(sent), `${length} bytes`);
		connection.destroy();
		waited++;
	}
	assert.ok(waited > 5, `${waited} uploads`);
});

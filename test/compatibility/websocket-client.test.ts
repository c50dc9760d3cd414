import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { startHttpBackend } from "../support/container.js";
import { startProxy } from "../support/proxy.js";

const PROTOCOL = "v1.kernel.websocket.jupyter.org";

/** A browser's WebSocket, open through the proxy to a server that echoes. */
async function open(t: TestContext) {
	const container = await startHttpBackend(t, (_request, response) =>
		response.end(),
	);
	const server = new WebSocketServer({
		server: container.server,
		perMessageDeflate: true,
	});
	server.on("connection", (socket) => {
		socket.on("message", (data, binary) => socket.send(data, { binary }));
	});
	const { port } = await startProxy(t, { abc: container });
	const url = `ws://127.0.0.1:${port}/api/kernels/1/channels?session_id=x`;
	const headers = { Cookie: "galaxysession=abc" };
	const socket = new WebSocket(url, PROTOCOL, { headers });
	t.after(() => socket.terminate());
	await once(socket, "open");
	return { socket, server };
}

test("messages, compression, pings and the close code pass", async (t) => {
	const { socket } = await open(t);
	assert.equal(socket.protocol, PROTOCOL);
	assert.match(socket.extensions, /permessage-deflate/);
	for (const message of [Buffer.from("text"), Buffer.alloc(1_000_000, "x")]) {
		socket.send(message);
		const [echo] = await once(socket, "message");
		assert.ok(message.equals(echo));
	}
	socket.ping();
	await once(socket, "pong");
	socket.close(1000, "done");
	const [code] = await once(socket, "close");
	assert.equal(code, 1000);
});

test("a server that dies is 1006 at once", async (t) => {
	const { socket, server } = await open(t);
	for (const end of server.clients) end.terminate();
	const [code] = await once(socket, "close");
	assert.equal(code, 1006);
});

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { askTool } from "../same-address/tools-shared.js";
import { startDaemon } from "../support/daemon.js";

/** Servers at the database's address that are none. */
const SERVERS: Record<string, (socket: Socket) => void> = {
	"closes at once": (socket) => socket.destroy(),
	"says nothing": () => {},
	"answers as a web server": (socket) =>
		socket.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
	"answers with random bytes": (socket) => socket.write(randomBytes(4_096)),
	"answers with zeros": (socket) => socket.write(Buffer.alloc(64)),
	"announces a message without an end": (socket) =>
		socket.write(Buffer.from("527fffffff00000000", "hex")),
};

async function startServer(
	t: TestContext,
	answer: (socket: Socket) => void,
): Promise<number> {
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.on("error", () => {});
		socket.once("data", () => answer(socket));
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	return (server.address() as AddressInfo).port;
}

for (const [name, answer] of Object.entries(SERVERS))
	test(`a server that ${name} instead of a database: 503, and the daemon lives on`, async (t) => {
		const port = await startServer(t, answer);
		const map = `postgresql://galaxy@127.0.0.1:${port}/gxitproxy?sslmode=disable`;
		const daemon = await startDaemon(t, { map });
		for (let n = 0; n < 2; n++)
			assert.equal((await askTool(t, daemon, "k")).status, 503);
		const line = await daemon.logged(
			({ msg }) => msg === "session map unreadable",
		);
		assert.match(String(line.reason), new RegExp(String(port)));
	});

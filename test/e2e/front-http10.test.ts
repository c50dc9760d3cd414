import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type TestContext, test } from "node:test";
import { type ClientOptions, WebSocket, WebSocketServer } from "ws";
import { ask, request, SESSION, upgrade, values } from "../support/client.js";
import { startHttpBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { freePort } from "../support/free-port.js";
import { runNginx } from "./support/fronts.js";
import { placeFor } from "./support/place.js";

const headers = { Cookie: `galaxysession=${SESSION}` };

/** nginx that asks the proxy in HTTP/1.0, with this value of Connection, in front of a container that echoes. */
async function start(t: TestContext, connection: string): Promise<number> {
	const container = await startHttpBackend(t, (asked, response) => {
		response.end(`${asked.method} in HTTP/${asked.httpVersion}`);
	});
	const server = new WebSocketServer({
		server: container.server,
		verifyClient: ({ req }: { req: IncomingMessage }) =>
			req.url !== "/gie_proxy/refused",
		perMessageDeflate: true,
	});
	server.on("connection", (socket) => {
		socket.on("message", (data, binary) => socket.send(data, { binary }));
	});
	const daemon = await startDaemon(t, { sessions: { [SESSION]: container } });
	const port = await freePort();
	const http = `map $http_upgrade $asked { default upgrade; '' ''; }
server {
listen 127.0.0.1:${port};
location /gie_proxy {
    proxy_pass http://127.0.0.1:${daemon.port};
    proxy_http_version 1.0;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection ${connection};
}
}
`;
	return runNginx(placeFor(t, "front-http10"), port, http);
}

for (const connection of ['"upgrade"', "$asked", '"keep-alive, Upgrade"'])
	test(`WebSockets and pages pass through an nginx that speaks HTTP/1.0, with Connection ${connection}`, async (t) => {
		const port = await start(t, connection);
		const options: ClientOptions = { headers, perMessageDeflate: true };
		const url = `ws://127.0.0.1:${port}/gie_proxy/ws`;
		const socket = new WebSocket(url, "v1", options);
		t.after(() => socket.terminate());
		await once(socket, "open");
		assert.equal(socket.protocol, "v1");
		for (const message of [Buffer.from("text"), Buffer.alloc(1_000_000, "x")]) {
			socket.send(message);
			const [echo] = await once(socket, "message");
			assert.ok(message.equals(echo));
		}
		socket.close(1000, "done");
		assert.equal((await once(socket, "close"))[0], 1000);

		const page = await ask(t, port, request("GET /gie_proxy/page"));
		assert.equal(page.text, "GET in HTTP/1.1");
		const refused = await ask(t, port, upgrade("/gie_proxy/refused"));
		assert.equal(refused.status, 401);
		const unknown = upgrade("/gie_proxy/ws").replace(SESSION, "other");
		const foreign = await ask(t, port, unknown);
		assert.equal(foreign.status, 403);
		assert.deepEqual(values(foreign.headers, "Upgrade"), []);
	});

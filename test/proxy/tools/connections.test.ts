import assert from "node:assert/strict";
import { test } from "node:test";
import { toolSession, UNKNOWN } from "../../../src/route.js";
import { ask, connect, UPGRADE, values } from "../../support/client.js";
import { OK, STOPPED, startBackend } from "../../support/container.js";
import { startClient } from "../../support/proxy.js";
import {
	byHost,
	byPath,
	KEY,
	setTool,
	startToolChain,
	TOKEN,
	TOOL_FLAGS,
} from "../../support/tools.js";
import { expectAlive } from "../own-answer.js";
import { switchProtocols } from "../tunnel/open-tunnel.js";

const BOTH = [byHost, byPath];
const keepAlive = "always";

test("a container's connection serves one tool by host and by path, and not the same tool with another token", async (t) => {
	const { client, container, proxy } = await startToolChain(t, { keepAlive });
	const other = toolSession(KEY, "another");
	setTool(proxy, container, undefined, other);
	for (const text of [byHost("GET /a"), byPath("GET /b"), byPath("GET /c")])
		await client.send(text).response();
	assert.equal(container.connections.length, 1);
	await client.send(byPath("GET /").replace(TOKEN, "another")).response();
	assert.equal(container.connections.length, 2);
});

for (const by of BOTH) {
	test(`Connection: upgrade without Upgrade, which nginx sends, is a plain request (${by.name})`, async (t) => {
		const { client, container } = await startToolChain(t, { keepAlive });
		for (let index = 0; index < 2; index++) {
			client.send(by("GET /", "Connection: upgrade"));
			assert.equal((await client.response()).status, 200);
			const { headers } = await container.request(index);
			assert.deepEqual(values(headers, "connection"), []);
		}
		assert.equal(container.connections.length, 1);
		await expectAlive(client);
	});

	test(`a client that leaves ends the container's request (${by.name})`, async (t) => {
		const { client, container, proxy } = await startToolChain(t, {
			answer: "",
		});
		client.send(by("GET /events"));
		await container.request(0);
		client.reset();
		assert.match(String(await (await container.connection(0)).closed), /./);
		assert.equal((await proxy.exchange(0)).termination, "CH");
	});

	test(`a tunnel passes on a FIN and the bytes after it, and ends with its row (${by.name})`, async (t) => {
		const backend = await startBackend(t, switchProtocols, { halfOpen: true });
		const { proxy } = await startClient(t, {}, TOOL_FLAGS);
		setTool(proxy, backend);
		const open = async (index: number) => {
			const client = await connect(t, proxy.port, { halfOpen: true });
			client.send(by("GET /ws", ...UPGRADE));
			assert.equal((await client.response()).status, 101);
			return { client, container: await backend.connection(index) };
		};
		const first = await open(0);
		first.client.end();
		assert.equal(await first.container.closed, "end");
		first.container.send("still here");
		await first.client.until("still here");
		const second = await open(1);
		proxy.routes.set(toolSession(KEY, TOKEN), UNKNOWN);
		proxy.proxy.recheck();
		await second.client.closed;
		await second.container.closed;
	});

	test(`a WebSocket to a stopped container is answered with a status line (${by.name})`, async (t) => {
		const { proxy } = await startToolChain(t);
		setTool(proxy, STOPPED);
		const answer = await ask(t, proxy, by("GET /ws", ...UPGRADE));
		assert.equal(answer.status, 502);
		assert.match(answer.text, /^Proxy target missing/);
	});

	test(`other upgrades are plain requests (${by.name})`, async (t) => {
		const { proxy, container } = await startToolChain(t, { answer: OK });
		for (const text of [
			by("GET /", "Connection: Upgrade", "Upgrade: h2c"),
			by("POST /", "Content-Length: 0", ...UPGRADE),
		]) {
			assert.equal((await ask(t, proxy, text)).status, 200);
			const { headers } = container.requests.at(-1) ?? assert.fail();
			assert.deepEqual(values(headers, "upgrade"), []);
		}
	});
}

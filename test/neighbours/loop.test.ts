import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, connect as dial } from "node:net";
import { type TestContext, test } from "node:test";
import {
	as,
	ask,
	connect,
	request,
	UPGRADE,
	values,
} from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { startChain, startProxy } from "../support/proxy.js";
import { writeSessionMap } from "../support/session-map.js";
import { ONE_PROCESS } from "../support/workers.js";

const ID = /^galaxy-proxy-[0-9a-f]{16}$/;

test("a request that comes back is answered 508; marks of other proxies are kept", {
	skip: ONE_PROCESS,
}, async (t) => {
	const { client, proxy, container } = await startChain(t);
	const others = ["CDN-Loop: edge; v=1, b", "cdn-loop: galaxy-proxy-0"];
	await client.send(request("GET /", ...others)).response();
	const [first, second, own = ""] = values(
		(await container.request(0)).headers,
		"CDN-Loop",
	);
	assert.deepEqual([first, second], ["edge; v=1, b", "galaxy-proxy-0"]);
	assert.match(own, ID);

	for (const lines of [
		[`CDN-Loop: ${own}`],
		[`cdn-loop: a, ${own}; x=y, b`],
		["CDN-Loop: a", `CDN-Loop: ${own}`],
		[`CDN-Loop: ${own}`, "Connection: CDN-Loop"],
		[`CDN-Loop: ${own}`, ...UPGRADE],
	]) {
		const back = await connect(t, proxy.port);
		back.send(request("GET /", ...lines));
		assert.equal((await back.response()).status, 508, lines.join());
		assert.equal(await back.closed, "end");
	}
	assert.equal(container.requests.length, 1);
	assert.equal((await proxy.exchange(1)).fault, "loop");
});

test("a request without a session that comes back is 508 too", async (t) => {
	const { client, container } = await startChain(t);
	await client.send(request("GET /")).response();
	const [own] = values((await container.request(0)).headers, "CDN-Loop");
	const text = as("x", request("GET /", `CDN-Loop: ${own}`));
	assert.equal((await client.send(text).response()).status, 508);
});

test("two proxies in a row are not a loop, and each adds its mark", async (t) => {
	const container = await startAnswering(t);
	const inner = await startProxy(t, { abc: container });
	const outer = await startProxy(
		t,
		{ abc: { host: "127.0.0.1", port: inner.port } },
		{ forwardSessionCookie: true },
	);
	const client = await connect(t, outer.port);
	for (let turn = 0; turn < 2; turn++) {
		assert.equal((await client.send(request("GET /")).response()).status, 200);
		const { headers } = await container.request(turn);
		const marks = values(headers, "CDN-Loop");
		assert.equal(new Set(marks).size, 2);
		for (const mark of marks) assert.match(mark, ID);
	}
});

/** A minimal front proxy, which passes the bytes of each connection to a port. */
async function startForwarder(t: TestContext) {
	const forwarder = { port: 0, to: 0, connections: 0 };
	const server = createServer((socket) => {
		forwarder.connections++;
		const onward = dial(forwarder.to, "127.0.0.1");
		t.after(() => socket.destroy());
		t.after(() => onward.destroy());
		for (const each of [socket, onward]) each.on("error", () => each.destroy());
		socket.pipe(onward).pipe(socket);
	});
	t.after(() => server.close());
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	forwarder.port = (server.address() as AddressInfo).port;
	return forwarder;
}

for (const more of [[], UPGRADE])
	test(`a row that points to the front proxy: ${more.length > 0 ? "an upgrade" : "a request"} is answered 508 on its second pass`, async (t) => {
		const front = await startForwarder(t);
		const args = ["--forward-session-cookie"];
		const daemon = await startDaemon(t, { args });
		front.to = daemon.port;
		writeSessionMap(daemon.map, {
			abc: { host: "127.0.0.1", port: front.port },
		});
		const answer = await ask(t, daemon, request("GET /", ...more));
		assert.equal(answer.status, 508);
		assert.match(answer.text, /comes from this proxy itself/);
		assert.equal(front.connections, 1);
		const line = await daemon.logged(({ status }) => status === 508);
		assert.equal(line.session, "ba7816bf");
	});

import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, connect, request, values } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startChain, startClient, startProxy } from "../support/proxy.js";

/** Their hash is the same, as that of "Aa" and "BB" is in every hash that multiplies by 31 and adds. */
const COLLIDING = ["Aa", "BB"];

test("blocks with the same hash are distinguished: each session gets its own container", async (t) => {
	const containers = await Promise.all(
		COLLIDING.map((key) =>
			startAnswering(t, `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${key}`),
		),
	);
	const sessions = Object.fromEntries(
		COLLIDING.map((key, index) => [key, containers[index]]),
	) as Record<string, (typeof containers)[number]>;
	const { port } = await startProxy(t, sessions);
	for (let turn = 0; turn < 3; turn++)
		for (const key of COLLIDING) {
			const client = await connect(t, port);
			const text = request("GET /").replace("=abc", `=${key}`);
			assert.equal((await client.send(text).response()).text, key);
		}
});

test("a block that was read before is understood the same on another connection", async (t) => {
	const container = await startAnswering(t);
	const { port } = await startProxy(t, { abc: container });
	for (const target of ["/first", "/second"]) {
		await ask(t, port, request(`GET ${target}`, "X-Kept: yes"));
	}
	const [first, second] = container.requests;
	assert.equal(second?.target, "/second");
	assert.deepEqual(second?.headers, first?.headers);
});

test("the result for a block depends on its peer", async (t) => {
	const container = await startAnswering(t);
	const { port } = await startProxy(
		t,
		{ abc: container },
		{ trustProxy: ["127.0.0.1"], host: "0.0.0.0" },
	);
	for (const from of ["127.0.0.1", "127.0.0.2"]) {
		const client = await connect(t, port, { localAddress: from });
		await client.send(request("GET /", "X-Forwarded-Proto: https")).response();
	}
	const protos = container.requests.flatMap(({ headers }) =>
		values(headers, "X-Forwarded-Proto"),
	);
	assert.deepEqual(protos, ["https", "http"]);
});

test("--trust-proxy decides whose X-Forwarded-For is trusted", async (t) => {
	const container = await startAnswering(t);
	for (const [trustProxy, expected] of [
		[["loopback"], "1.1.1.1, 127.0.0.1"],
		[["127.0.0.0/8"], "1.1.1.1, 127.0.0.1"],
		[["127.0.0.1"], "1.1.1.1, 127.0.0.1"],
		[["10.0.0.0/8", "::1"], "127.0.0.1"],
		[[], "127.0.0.1"],
	] as const) {
		const { client } = await startClient(t, { abc: container }, { trustProxy });
		await client.send(request("GET /", "X-Forwarded-For: 1.1.1.1")).response();
		const { headers = [] } = container.requests.at(-1) ?? {};
		const fields = Object.fromEntries(headers);
		assert.equal(fields["X-Forwarded-For"], expected);
	}
});

test("a connection that repeats its head byte for byte is served the same", async (t) => {
	const { client, container } = await startChain(t);
	const texts = [
		request("GET /a"),
		request("GET /a", "X: 1"),
		request("GET /a"),
	];
	for (const text of [...texts, ...texts])
		assert.equal((await client.send(text).response()).text, "ok");
	const fields = container.requests.map(({ headers }) => headers.length);
	const closing = (index: number) => (index < 4 ? 1 : 0);
	assert.deepEqual(
		fields.map((count, index) => count - closing(index)),
		[3, 4, 3, 3, 4, 3],
	);
});

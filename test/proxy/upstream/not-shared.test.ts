import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../../support/client.js";
import { startAnswering } from "../../support/container.js";
import { startProxy } from "../../support/proxy.js";

test("two sessions at the same target never share a connection, even for one client", async (t) => {
	const ports = new Map<string, number | undefined>();
	const container = await startAnswering(t, ({ target }, { socket }) => {
		ports.set(target, socket.remotePort);
		return `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`;
	});
	const { port } = await startProxy(
		t,
		{ abc: container, other: container },
		{ keepAlive: "always" },
	);
	const client = await connect(t, port);
	for (const turn of [1, 2])
		for (const session of ["abc", "other"]) {
			const target = `/${session}/${turn}`;
			const text = request(`GET ${target}`).replace("=abc", `=${session}`);
			assert.equal((await client.send(text).response()).text, target);
		}
	assert.equal(container.connections.length, 2);
	assert.equal(ports.get("/abc/1"), ports.get("/abc/2"));
	assert.equal(ports.get("/other/1"), ports.get("/other/2"));
});

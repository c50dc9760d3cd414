import { test } from "node:test";
import { connect, request } from "../../support/client.js";
import { OK, startBackend } from "../../support/container.js";
import { startProxy } from "../../support/proxy.js";

test("the connection that was used last carries the next request", async (t) => {
	const container = await startBackend(t);
	const flags = { keepAlive: "always" } as const;
	const { port } = await startProxy(t, { abc: container }, flags);
	const client = await connect(t, port);
	const other = await connect(t, port);
	client.send(request("GET /1"));
	const first = await container.connection(0);
	await first.request();
	other.send(request("GET /2"));
	const second = await container.connection(1);
	await second.request();

	first.send(OK);
	await client.response();
	second.send(OK);
	await other.response();
	client.send(request("GET /3"));
	await second.request();
	other.send(request("GET /4"));
	await first.request();
});

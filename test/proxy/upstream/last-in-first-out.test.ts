import { test } from "node:test";
import { connect, request } from "../../support/client.js";
import { OK } from "../../support/container.js";
import { startRawChain } from "../../support/proxy.js";

test("the connection that was used last carries the next request", async (t) => {
	const {
		client,
		container,
		proxy: { port },
	} = await startRawChain(t, undefined, { keepAlive: "always" });
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

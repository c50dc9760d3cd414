import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, connect, request } from "../support/client.js";
import { startChain, startProxy } from "../support/proxy.js";
import { expectAnswer } from "./own-answer.js";

const FLAGS = { proxyPrefix: "/galaxy/gie_proxy" };

for (const path of [
	"/",
	"/galaxy",
	"/galaxy/gie_proxyx",
	"/galaxy/gie_proxy%2Fa",
	"/GALAXY/gie_proxy/",
	"/x/galaxy/gie_proxy/",
	"/galaxy%2Fgie_proxy/",
])
	test(`404 for ${path}, whoever asks`, async (t) => {
		const proxy = await startProxy(t, {}, FLAGS);
		const client = await connect(t, proxy.port);
		for (const text of [request(`GET ${path}`), anonymous(`GET ${path}`)])
			await expectAnswer(client.send(text), {
				status: 404,
				text: /^There is nothing at this address\./,
				closes: false,
			});
	});

for (const path of [
	"/galaxy/gie_proxy",
	"/galaxy/gie_proxy?a",
	"/galaxy/gie_proxy/jupyter",
	"//galaxy///gie_proxy//",
])
	test(`${path} is inside`, async (t) => {
		const { client } = await startChain(t, FLAGS);
		const { status } = await client.send(request(`GET ${path}`)).response();
		assert.equal(status, 200);
	});

import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../support/client.js";
import { startProxy } from "../support/proxy.js";
import { answerTo } from "./own-answer.js";

for (const [listens, host] of [
	["127.0.0.1", "127.0.0.1"],
	["127.0.0.1", "localhost"],
	["0.0.0.0", "127.0.0.1"],
	["localhost", "127.0.0.1"],
] as const)
	test(`502 for a row that leads to ${host}, where the proxy listens on ${listens}`, async (t) => {
		const proxy = await startProxy(t, {}, { host: listens });
		const target = { host, port: proxy.port };
		proxy.routes.set("abc", { kind: "target", target });
		await answerTo(t, proxy.port, request("GET /"), {
			status: 502,
			text: /^Proxy target missing$/,
			closes: false,
		});
		assert.equal(proxy.exchanges[0]?.cause, "the target is this proxy itself");
		assert.equal(proxy.exchanges[0]?.termination, "PC");
	});

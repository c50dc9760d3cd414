import assert from "node:assert/strict";
import { test } from "node:test";
import { STOPPED } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { comparable, differences, expected } from "./compare.js";
import { startContainer } from "./conversation.js";
import { exchangesOf } from "./exchange.js";
import { answers } from "./exchanges/answers.js";
import { bodies } from "./exchanges/bodies.js";
import { browsers } from "./exchanges/browsers.js";
import { cors } from "./exchanges/cors.js";
import { fields } from "./exchanges/fields.js";
import { frontProxies } from "./exchanges/front-proxies.js";
import { statuses } from "./exchanges/statuses.js";
import { targets } from "./exchanges/targets.js";
import { upgrades } from "./exchanges/upgrades.js";
import { startLegacy } from "./legacy-proxy.js";

const tables = [bodies, targets, fields, answers, statuses, browsers, cors];
const exchanges = [...tables, frontProxies, upgrades].flatMap(exchangesOf);

test("ordinary exchanges are the same as through the legacy, but for the table of differences", async (t) => {
	const container = await startContainer(t);
	const sessions = {
		abc: { host: "127.0.0.1", port: container.port },
		"a b": { host: "127.0.0.1", port: container.port },
		down: STOPPED,
	};
	const legacy = await startLegacy(t, new Map(Object.entries(sessions)));
	const daemon = await startDaemon(t, {
		sessions,
		args: ["--reverseProxy", "--cors", "any"],
	});

	const met = new Set<string>();
	for (const [name, exchange] of exchanges)
		await t.test(name, async () => {
			const before = await container.converse(exchange, legacy);
			const now = await container.converse(exchange, daemon.port);
			assert.deepEqual(
				comparable(now),
				comparable(expected(before, exchange, met)),
			);
		});
	await t.test("every difference occurs", () => {
		assert.deepEqual([...met].sort(), differences.sort());
	});
	t.diagnostic(`${exchanges.length} exchanges compared with the legacy`);
	assert.ok(exchanges.length >= 80);
});

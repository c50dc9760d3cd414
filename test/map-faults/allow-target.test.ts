import assert from "node:assert/strict";
import { test } from "node:test";
import { startAnswering } from "../support/answering.js";
import { as, ask } from "../support/ask.js";
import { startDaemon } from "../support/daemon.js";
import { startGalaxyMap } from "../support/galaxy-map.js";
import { upgrade } from "../support/request-text.js";

const CASES: [list: string, allowed: string[], refused: string[]][] = [
	[
		"127.0.0.1",
		["127.0.0.1", "::ffff:127.0.0.1", "[::ffff:7f00:1]", "localhost", "127.1"],
		["127.0.0.2", "0.0.0.0"],
	],
	["127.0.0.0/30,::1", ["127.0.0.1", "localhost"], ["127.0.0.4", "0.0.0.0"]],
	["LocalHost", ["localhost", "LOCALHOST"], ["127.0.0.1"]],
];

for (const [list, allowed, refused] of CASES)
	test(`--allow-target ${list}`, async (t) => {
		const container = await startAnswering(t);
		const env = { GALAXY_PROXY_ALLOW_TARGET: list };
		const daemon = await startDaemon(t, { env, args: ["--verbose"] });
		const galaxy = startGalaxyMap(t, daemon.map);
		// An upgrade, so that the answer holds for both kinds of request: the container refuses it with 200.
		const statusOf = async (session: string) =>
			(await ask(t, daemon, as(session, upgrade()))).status;
		for (const host of allowed) {
			await galaxy.put("abc", host, container.port);
			assert.equal(await statusOf("abc"), 200, host);
		}
		const reached = container.connections.length;
		for (const [index, host] of refused.entries()) {
			await galaxy.put(`refused${index}`, host, container.port);
			assert.equal(await statusOf(`refused${index}`), 502, host);
			const line = await daemon.logged(
				({ target }) => target === `${host}:${container.port}`,
			);
			assert.equal(
				line.cause,
				"no container may be there, or the target is outside --allow-target",
			);
		}
		assert.equal(container.connections.length, reached);

		await galaxy.put("self", allowed[0] ?? "", daemon.port);
		assert.equal(await statusOf("self"), 502);
		const own = await daemon.logged(({ cause }) => /itself/.test(`${cause}`));
		assert.equal(own.status, 502);
	});

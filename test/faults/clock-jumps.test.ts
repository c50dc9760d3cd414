import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request, values } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { startGalaxyMap } from "../support/session-map.js";

const DAY = 24 * 3_600_000;

for (const [hours, where] of [
	[24, "forward"],
	[-24, "back"],
] as const)
	test(`a clock that jumps a day ${where} ends no exchange and hides no change of the map`, async (t) => {
		const container = await startBackend(t);
		const galaxy = startGalaxyMap(t, "map.json");
		await galaxy.put("abc", container.host, container.port);
		const preload = new URL("clock-that-jumps.js", import.meta.url);
		const daemon = await startDaemon(t, {
			map: galaxy.path,
			env: {
				NODE_OPTIONS: `--import=${preload}`,
				CLOCK_JUMP: String(hours),
			},
			args: ["--head-timeout", "60", "--response-timeout", "60"],
		});
		const waiting = await connect(t, daemon.port);
		waiting.send(request("GET /"));
		const asked = await container.connection(0);
		await asked.until("\r\n\r\n");
		const begun = (await connect(t, daemon.port)).send("GET / HT");

		daemon.child.kill("SIGUSR2");
		await daemon.printed(/jumped/);

		const nobody = await connect(t, daemon.port);
		const refused = await nobody
			.send(request("GET /").replace("=abc", "=new"))
			.response();
		assert.equal(refused.status, 403);
		const [date = ""] = values(refused.headers, "Date");
		assert.ok(Math.abs(Date.parse(date) - Date.now()) > DAY / 2, date);
		await galaxy.put("new", container.host, container.port);
		nobody.send(request("GET /").replace("=abc", "=new"));
		const second = await container.connection(1);
		await second.until("\r\n\r\n");
		for (const connection of [asked, second])
			connection.send("HTTP/1.1 204 No Content\r\n\r\n");
		assert.equal((await nobody.response()).status, 204);
		assert.equal((await waiting.response()).status, 204);
		assert.equal(begun.ending, undefined);
	});

import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startWatched } from "../support/admin.js";
import { connect, request } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { scratchFolder } from "../support/folders.js";
import { writeSessionMap } from "../support/session-map.js";

const KINDS = [
	{ kind: "a single process", args: [] },
	{ kind: "workers", args: ["--workers", "2"] },
];

for (const { kind, args } of KINDS) {
	test(`${kind}: before the first read it serves nothing`, async (t) => {
		const map = join(scratchFolder(t), "session_map.sqlite");
		writeFileSync(map, "no database");
		const { ask, daemon } = await startWatched(t, { map, args });
		const early = await ask("/servez");
		assert.equal(early.status, 503);
		assert.match(early.text, /^not serving: /);
		rmSync(map);
		writeSessionMap(map, {});
		await daemon.logged(({ msg }) => msg === "session map readable");
		while ((await ask("/servez")).status !== 200);
		assert.equal((await ask("/servez")).text, "serving\n");
	});

	test(`${kind}: while it drains it serves nothing`, async (t) => {
		const container = await startBackend(t);
		const sessions = { abc: container };
		const { ask, daemon } = await startWatched(t, { sessions, args });
		const client = await connect(t, daemon.port);
		client.send(request("GET /"));
		const asked = await container.connection(0);
		await asked.until("\r\n\r\n");
		daemon.child.kill("SIGTERM");
		await daemon.logged(({ msg }) => String(msg).startsWith("shutting down"));
		const answer = await ask("/servez");
		assert.equal(answer.status, 503);
		assert.match(answer.text, /^not serving: shutting down/);
		asked.send("HTTP/1.1 204 No Content\r\n\r\n");
		assert.equal((await client.response()).status, 204);
		assert.equal(await daemon.exited(), 0);
	});

	test(`${kind}: tools without a map, as before Galaxy's first tool, are served their page`, async (t) => {
		const map = join(scratchFolder(t), "interactivetools_map.sqlite");
		const tools = ["--mode", "gxit", ...args];
		const { ask, daemon } = await startWatched(t, { map, args: tools });
		await daemon.logged(({ msg }) => msg === "session map unreadable");
		while ((await ask("/servez")).status !== 200);
		assert.equal((await ask("/readyz")).status, 503);
	});
}

test("with a map that has become unreadable it serves the last good answers, however long", async (t) => {
	const preload = new URL("steady-clock-that-jumps.js", import.meta.url);
	const env = { NODE_OPTIONS: `--import=${preload}` };
	const { ask, daemon } = await startWatched(t, { env });
	rmSync(daemon.map);
	writeFileSync(daemon.map, "no database");
	await daemon.logged(({ msg }) => msg === "session map unreadable");
	daemon.child.kill("SIGUSR2");
	await daemon.printed(/jumped/);
	assert.equal((await ask("/readyz")).status, 503);
	assert.equal((await ask("/servez")).status, 200);
});

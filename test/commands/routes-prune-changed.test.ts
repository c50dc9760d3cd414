import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository, scratchFolder } from "../support/folders.js";
import { startGalaxyMap } from "../support/session-map.js";
import { Changes, within } from "../support/wait.js";
import { listed } from "./routes.js";

const HOST = "docker";

// Galaxy writes while prune waits for its lock: what is listed by then is not what is there any more.
test("a row that is written between listing and removing stays", async (t) => {
	const map = join(scratchFolder(t), "map.sqlite");
	const galaxy = startGalaxyMap(t, map);
	const keys = ["ids", "host", "port", "filled", "same", "last"];
	for (const key of keys) await galaxy.put(key, HOST, 32768, [key]);
	writeFileSync(`${map}.lock`, "");
	const script = join(repository, "lib", "main.js");
	const words = ["routes", "prune", "--ended", "--yes", "--sessions", map];
	const child = spawn(process.execPath, [script, ...words]);
	t.after(() => child.kill("SIGKILL"));
	const told = new Changes();
	let said = "";
	for (const stream of [child.stdout, child.stderr])
		stream.on("data", (text) => {
			said += text;
			told.notify();
		});
	const ended = once(child, "close");
	await told.wait(
		"the lock to be waited for",
		() =>
			/waiting for another program that has locked .*map\.sqlite\.lock/.test(
				said,
			) || undefined,
		() => said,
	);
	assert.match(said, /5 rows ended/);
	assert.equal(Object.keys(await listed(map, keys)).length, 6);

	// Each in a commit of its own, under the lock that is held.
	await galaxy.sql(
		`UPDATE gxproxy2 SET container_ids = '["again"]' WHERE key = 'ids'`,
		"UPDATE gxproxy2 SET host = 'docker2' WHERE key = 'host'",
		"UPDATE gxproxy2 SET port = 32769 WHERE key = 'port'",
		"UPDATE gxproxy2 SET container_ids = NULL WHERE key = 'filled'",
	);
	rmSync(`${map}.lock`);
	const [code] = await within("an end", ended, () => said);
	assert.equal(code, 0);
	assert.match(said, /\n1 row removed\n/);
	const left = Object.keys(await listed(map, keys)).sort();
	assert.deepEqual(left, ["filled", "host", "ids", "last", "port"]);
	assert.ok(!existsSync(`${map}.lock`));
});

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { drivers } from "../session-map/drivers.js";
import { as, connect, request } from "../support/client.js";
import { OK, startAnswering } from "../support/container.js";
import { type Daemon, startDaemon } from "../support/daemon.js";
import { startGalaxyMap } from "../support/session-map.js";

const ROUNDS = 30;
const NAMES = ["node:sqlite", "better-sqlite3"] as const;
type DriverName = (typeof NAMES)[number];

/** A Node with both drivers prefers its own. */
const WITHOUT_OWN = { NODE_OPTIONS: "--no-experimental-sqlite" };

for (const name of NAMES)
	for (const mode of ["DELETE", "WAL"])
		test(`the next request follows a commit, ${name}, journal mode ${mode}`, {
			skip:
				!drivers.some((driver) => driver.name === name) &&
				`${name} does not load on Node ${process.versions.node}`,
		}, async (t) => {
			const { galaxy, daemon } = await start(t, name, mode);
			const first = await startAnswering(t);
			const second = await startAnswering(t, OK.replace("200", "201"));
			const client = await connect(t, daemon.port);
			const ask = async (key: string) => {
				const text = as(key, request("GET /"));
				return (await client.send(text).response()).status;
			};
			for (let round = 0; round < ROUNDS; round++) {
				const key = `s${round % 3}`;
				await galaxy.put(key, null, -8888);
				assert.equal(await ask(key), 503, "not ready");
				await galaxy.update(key, first.host, first.port);
				assert.equal(await ask(key), 200, "ready");
				await galaxy.put(key, second.host, second.port);
				assert.equal(await ask(key), 201, "moved");
				await galaxy.remove(key);
				assert.equal(await ask(key), 403, "removed");
			}

			if (mode === "WAL") {
				await galaxy.put("abc", second.host, second.port);
				// In this mode a writer does not block readers.
				await galaxy.lock();
				assert.equal(await ask("abc"), 201);
				assert.equal(await ask("s0"), 403);
				await galaxy.unlock();
			}
			const states = daemon.lines.filter(({ msg }) =>
				msg?.startsWith("session map"),
			);
			assert.equal(states.length, 1);
		});

/** A daemon that reads its map by this driver. */
async function start(t: TestContext, name: DriverName, mode: string) {
	const galaxy = startGalaxyMap(t);
	await galaxy.put("always", "127.0.0.1", 1);
	await galaxy.sql(`PRAGMA journal_mode = ${mode}`);
	const hasOwn = drivers.some((driver) => driver.name === "node:sqlite");
	const env = hasOwn && name === "better-sqlite3" ? WITHOUT_OWN : {};
	const daemon = await startDaemon(t, { map: galaxy.path, env });
	mustUse(daemon, name);
	return { galaxy, daemon };
}

/** Only Linux lists the libraries of a process. */
function mustUse({ pid }: Daemon, name: DriverName): void {
	const maps = `/proc/${pid}/maps`;
	if (!existsSync(maps)) return;
	const isLoaded = /better_sqlite3\.node/.test(readFileSync(maps, "latin1"));
	assert.equal(isLoaded, name === "better-sqlite3");
}

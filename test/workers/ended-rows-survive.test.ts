import { type TestContext, test } from "node:test";
import { askTool, TOKEN } from "../same-address/tools-shared.js";
import { as, ask, request } from "../support/client.js";
import { type Answering, startAnswering } from "../support/container.js";
import type { Daemon } from "../support/daemon.js";
import { startGroup } from "../support/group.js";
import { startGalaxyMap } from "../support/session-map.js";
import { startToolMap } from "../support/tools.js";
import { awaitEverywhere, expectEverywhere, killAll } from "./everywhere.js";

/** A map, and how a group is asked for its sessions. */
interface Kind {
	readonly path: string;
	readonly args?: string[];
	/** The status of an unknown session. */
	readonly unknown: number;
	put(key: string, port: number): Promise<void>;
	remove(key: string): Promise<void>;
	status(daemon: Daemon, key: string): Promise<number>;
	vacuum?(): Promise<void>;
}

function environments(t: TestContext, file: string): Kind {
	const galaxy = startGalaxyMap(t, file);
	const { path, remove } = galaxy;
	return {
		path,
		unknown: 403,
		remove,
		put: (key, port) => galaxy.put(key, "127.0.0.1", port, [key]),
		async status(daemon, key) {
			return (await ask(t, daemon, as(key, request("GET /")))).status;
		},
		...(file.endsWith(".sqlite") && { vacuum: () => galaxy.sql("VACUUM") }),
	};
}

function tools(t: TestContext, file: string): Kind {
	const map = startToolMap(t, file);
	return {
		path: map.path,
		unknown: 404,
		args: ["--mode", "gxit"],
		remove: (key) => map.remove(key),
		put: (key, port) => map.put(key, TOKEN, "127.0.0.1", port),
		status: async (daemon, key) => (await askTool(t, daemon, key)).status,
		...(file.endsWith(".sqlite") && { vacuum: () => map.sql("VACUUM") }),
	};
}

async function expectEnded(
	t: TestContext,
	kind: Kind,
	container: Answering,
	workers: number,
): Promise<void> {
	await kind.put("first", 1);
	await kind.put("old", container.port);
	const { path: map, args = [] } = kind;
	const group = await startGroup(t, { map, args, workers });
	const expect = (key: string, status: number, when: string) => {
		const message = `${key} ${when}`;
		const asked = () => kind.status(group.daemon, key);
		return expectEverywhere(asked, status, message);
	};
	await expect("old", 200, "at first");
	await kind.put("new", container.port);
	// A kept connection of the old tool shows for some seconds that its container is there.
	await awaitEverywhere(() => kind.status(group.daemon, "new"), 200);
	await expect("new", 200, "once written");
	await expect("old", 502, "once its address is taken");
	await killAll(group, workers, () => kind.remove("new"));
	await expect("old", 502, "after the death of all workers");
	await group.roll();
	await expect("old", 502, "after a rolling restart");
	await kind.remove("first");
	await kind.vacuum?.();
	await kind.put("other", 2);
	await group.roll();
	await expect("old", 502, "after changes and another restart");
	await kind.remove("old");
	await expect("old", kind.unknown, "removed");
	await kind.put("old", container.port);
	await expect("old", 200, "written again");
	await group.roll();
	await expect("old", 200, "written again, after a restart");
}

type Open = (t: TestContext) => Kind;

const inSqlite: Open = (t) => environments(t, "map.sqlite");
const inJson: Open = (t) => environments(t, "map.json");
const toolsInSqlite: Open = (t) => tools(t, "map.sqlite");
const toolsInJson: Open = (t) => tools(t, "map.json");

for (const [name, workers, open] of [
	["environments in SQLite", 1, inSqlite],
	["environments in SQLite", 2, inSqlite],
	["environments in JSON", 2, inJson],
	["tools in SQLite", 1, toolsInSqlite],
	["tools in SQLite", 2, toolsInSqlite],
	["tools in JSON", 2, toolsInJson],
] as const)
	test(`${name}, --workers ${workers}: an ended row stays ended until it is written again`, async (t) => {
		await expectEnded(t, open(t), await startAnswering(t), workers);
	});

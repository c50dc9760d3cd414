import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { galaxyFolder } from "../config/galaxy-folder.js";
import { writeSessionMap } from "../support/session-map.js";
import { listed } from "./routes.js";

const REFUSED = {
	state: "refused",
	reason:
		"no container may be there: add the address to --allow-target if one is",
};
const READY = { state: "ready" };

const ROWS = {
	metadata: { host: "169.254.169.254", port: 80 },
	mapped: { host: "::ffff:169.254.169.254", port: 8888 },
	bracketed: { host: "[::ffff:169.254.169.254]", port: 8888 },
	linkLocal: { host: "fe80::1", port: 8888 },
	multicast: { host: "224.0.0.1", port: 8888 },
	ssh: { host: "127.0.0.1", port: 22 },
	byName: { host: "localhost", port: 22 },
	galaxy: { host: "127.0.0.1", port: 8090 },
	container: { host: "127.0.0.1", port: 32_768 },
	elsewhere: { host: "10.0.0.1", port: 22 },
};

/** Of each row the verdict, without its target. */
async function verdicts(map: string, flags: readonly string[]) {
	const list = await listed(map, Object.keys(ROWS), flags);
	return Object.fromEntries(
		Object.entries(list).map(([key, row]) => {
			const { target, ...verdict } = row as { target: string };
			return [key, verdict];
		}),
	);
}

test("routes shows rows that lead where no container may be as refused", async (t) => {
	const folder = galaxyFolder(t, {
		"galaxy.yml":
			"gravity:\n  gunicorn:\n    bind: localhost:8090\ngalaxy: {}\n",
	});
	const map = join(folder, "map.sqlite");
	writeSessionMap(map, ROWS);
	const config = ["--config", join(folder, "galaxy.yml")];
	const all = {
		metadata: REFUSED,
		mapped: REFUSED,
		bracketed: REFUSED,
		linkLocal: REFUSED,
		multicast: REFUSED,
		ssh: REFUSED,
		byName: REFUSED,
		galaxy: REFUSED,
		container: READY,
		elsewhere: READY,
	};
	assert.deepEqual(await verdicts(map, config), all);
	const without = await verdicts(map, []);
	assert.deepEqual(without, { ...all, galaxy: READY });
	const opened = "127.0.0.1,169.254.0.0/16,10.0.0.1";
	const { metadata, ssh, elsewhere } = await verdicts(map, [
		...config,
		"--allow-target",
		opened,
	]);
	assert.deepEqual([metadata, ssh, elsewhere], [READY, READY, READY]);
});

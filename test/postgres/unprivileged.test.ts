import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { askTool } from "../same-address/tools-shared.js";
import { startDaemon } from "../support/daemon.js";
import { repository, scratchFolder } from "../support/folders.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import {
	noPostgres,
	startPostgres,
	startToolContainer,
	TOKEN,
} from "./site.js";

/** The user of the image and of deploy/kubernetes, without capabilities and with a root file system that is only read. */
const AS_POD = [
	...["unshare", "--mount", "sh", "-c"],
	'mount --make-rprivate / && mount -o remount,bind,ro / && exec "$@"',
	...["sh", "setpriv", "--reuid", "10001", "--regid", "10001"],
	...["--clear-groups", "--bounding-set=-all", "--no-new-privs"],
];

function noPod(): string | false {
	const [command = "", ...words] = AS_POD;
	const file = join(repository, "lib", "main.js");
	const { status } = spawnSync(command, [...words, "test", "-r", file]);
	return status === 0
		? false
		: "mount namespaces need root, and the repository must be readable for all";
}

test("it serves as a pod's user that can write no file, and whose HOME is still another user's", {
	skip: noPostgres() || noPod(),
}, async (t) => {
	const { host, port } = await startToolContainer(t);
	const server = await startPostgres(t);
	const map = startDatabaseMap(t, server.url());
	await map.put("k", TOKEN, host, port);
	const home = scratchFolder(t);
	chmodSync(home, 0o700);
	const daemon = await startDaemon(t, {
		within: AS_POD,
		map: server.url(),
		env: { HOME: home },
	});
	assert.equal((await askTool(t, daemon, "k", TOKEN)).status, 200);
});

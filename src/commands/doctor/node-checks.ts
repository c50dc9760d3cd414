import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { loadDriver } from "../../session-map/sqlite-driver.js";
import { type Check, messageOf } from "./check.js";
import { doubtful, type Found, good, wrong } from "./finding.js";
import type { Host } from "./host.js";

export const NODE_CHECKS: readonly Check<Host>[] = [
	{ name: "node", find: ownNode },
	{ name: "launcher", find: launcherNode },
	{ name: "driver", find: sqliteDriver },
];

const INSTALL =
	"Install Node 22.13 or later (20 works too, with the package better-sqlite3).";

/** Debian's and Ubuntu's older packages of Node have only this name, which no shebang asks for. */
const NODEJS = "/usr/bin/nodejs";

/** package.json's engines: ^20 || >=22.13. */
export function isSupported(version: string): boolean {
	const [major = 0, minor = 0] = version.split(".").map(Number);
	return major === 20 || major > 22 || (major === 22 && minor >= 13);
}

/** The Node that runs doctor. */
function ownNode(): Found {
	const what = `Node ${process.versions.node} (${process.execPath})`;
	if (isSupported(process.versions.node)) return good`${what}`;
	return wrong`${what} is not a version that the proxy supports -> ${INSTALL}`;
}

/**
 * Galaxy executes lib/main.js, whose first line asks for `node` on the PATH. Galaxy's PATH may differ from this shell's, so
 * a node that is missing here is doubtful; one that is too old here is wrong.
 */
async function launcherNode({ env }: Host): Promise<Found> {
	const node = (env.PATH ?? "")
		.split(delimiter)
		.map((folder) => join(folder || ".", "node"))
		.find(isExecutable);
	if (node === undefined) return withoutNode();
	const version = await versionOf(node);
	if (version === undefined)
		return wrong`${node}, which starts lib/main.js, does not print its version -> ${INSTALL}`;
	if (isSupported(version))
		return good`lib/main.js is started with ${node}, Node ${version}`;
	return wrong`lib/main.js is started with ${node}, the first node on the PATH, which is Node ${version}
		-> ${INSTALL} It must be the first node on the PATH of Galaxy or of the supervisor.`;
}

function withoutNode(): Found {
	const what =
		"there is no node on the PATH, which the first line of lib/main.js (#!/usr/bin/env node) needs";
	return isExecutable(NODEJS)
		? doubtful`${what}; there is only ${NODEJS} -> Make the link: ln -s ${NODEJS} /usr/bin/node`
		: doubtful`${what}
			-> Add it to the PATH of Galaxy or of the supervisor, for example environment = PATH="/path/to/node/bin:%(ENV_PATH)s", or start the proxy with the full path of node.`;
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

/** Undefined if it cannot be run or prints anything else. */
async function versionOf(node: string): Promise<string | undefined> {
	const run = promisify(execFile)(node, ["--version"], { timeout: 5000 });
	const { stdout } = await run.catch(() => ({ stdout: "" }));
	return /^v(\d+\.\d+\.\d+)\s*$/.exec(stdout)?.[1];
}

async function sqliteDriver({ config }: Host): Promise<Found> {
	if (config.database !== undefined)
		return good`the session map is in PostgreSQL and needs no SQLite`;
	if (!config.sessions.endsWith(".sqlite"))
		return good`the session map is JSON and needs no SQLite`;
	try {
		const { name } = await loadDriver();
		return good`SQLite is read by ${name}`;
	} catch (error) {
		return wrong`this Node cannot read SQLite -> ${messageOf(error)}`;
	}
}

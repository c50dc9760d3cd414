import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { loadDriver } from "../../session-map/sqlite-driver.js";
import { doubtful, type Found, good, messageOf, wrong } from "./finding.js";

const INSTALL =
	"Install Node 22.13 or later (20 works as well, with the package better-sqlite3).";

/** package.json's engines: ^20 || >=22.13. */
export function isSupported(version: string): boolean {
	const [major = 0, minor = 0] = version
		.replace(/^v/, "")
		.split(".")
		.map(Number);
	return major === 20 || major > 22 || (major === 22 && minor >= 13);
}

/** The Node that runs doctor itself. @param version without a v */
export function nodeFound(version: string, path: string): Found {
	const what = `Node ${version} (${path})`;
	if (isSupported(version)) return good(what);
	return wrong(
		`${what} is not among those that this proxy is made for`,
		INSTALL,
	);
}

/** Where Galaxy's own Node packages of Debian and Ubuntu put it, under a name that no shebang asks for. */
const NODEJS = "/usr/bin/nodejs";

const LINK = `ln -s ${NODEJS} /usr/bin/node`;

/**
 * Galaxy executes lib/main.js, whose first line asks for `node` on the PATH. Galaxy's own PATH may be another than this
 * shell's, so a node that is missing here is doubtful, one that is too old here is wrong.
 */
export async function launcherFound(path: string): Promise<Found> {
	const node = whichNode(path);
	if (node === undefined) return withoutNode();
	const version = await versionOf(node);
	if (version === undefined)
		return wrong(
			`${node}, which lib/main.js is started with, does not tell its version`,
			INSTALL,
		);
	if (isSupported(version))
		return good(`lib/main.js is started with ${node}, Node ${version}`);
	return wrong(
		`lib/main.js is started with ${node}, the first node on the PATH, and that is Node ${version}`,
		`${INSTALL} It must be the first node on the PATH that Galaxy or the supervisor has.`,
	);
}

function withoutNode(): Found {
	const what =
		"no node is on the PATH, which lib/main.js asks for in its first line (#!/usr/bin/env node)";
	return isExecutable(NODEJS)
		? doubtful(`${what}; only ${NODEJS} is there`, `Make the link: ${LINK}`)
		: doubtful(
				what,
				'Put it on the PATH of Galaxy or of the supervisor, for instance environment = PATH="/path/to/node/bin:%(ENV_PATH)s", or start the proxy by the full path of node.',
			);
}

/** As execvp finds it. */
function whichNode(path: string): string | undefined {
	return path
		.split(delimiter)
		.map((folder) => join(folder || ".", "node"))
		.find(isExecutable);
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		// Not there, or not for this account: the next one.
		return false;
	}
}

/** Without a v; undefined where it cannot be run, or answers something else. */
async function versionOf(node: string): Promise<string | undefined> {
	const limit = { timeout: 5000 };
	const { stdout } = await promisify(execFile)(
		node,
		["--version"],
		limit,
	).catch((error: Error) => ({ stdout: error.message }));
	return /^v(\d+\.\d+\.\d+)\s*$/.exec(stdout)?.[1];
}

/** Whether this Node can read the map. */
export async function driverFound(sessions: string): Promise<Found> {
	if (!sessions.endsWith(".sqlite"))
		return good("the session map is JSON: no SQLite is needed");
	try {
		const { name } = await loadDriver();
		return good(`SQLite is read by ${name}`);
	} catch (error) {
		return wrong("this Node cannot read SQLite", messageOf(error));
	}
}

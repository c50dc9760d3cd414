import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
	closedTo,
	type NamedAccount,
	permitting,
	READ,
	SEARCH,
} from "../account.js";
import type { Runs } from "./npx.js";

/** The first folder or file of the package that the service's account cannot use. */
interface ClosedPackage {
	/** "may not read /srv/galaxy/node_modules" */
	readonly what: string;
	/** The command that opens it. */
	readonly cure: string;
}

/** Files without which the package does not start, ours or the original. */
const NEEDED = [
	"package.json",
	"lib/main.js",
	"dist/main.js",
	"node_modules/commander/package.json",
];
/** The link in node_modules/.bin leads to it, and npm executes it. */
const PROGRAM = "bin/gx-it-proxy.js";

/** @returns undefined too if the account or the package is unknown */
export async function packageClosedTo(
	account: NamedAccount | undefined,
	{ path, where }: Runs,
): Promise<ClosedPackage | undefined> {
	if (account === undefined || path === undefined || where === "registry")
		return undefined;
	const isFolder = await stat(path).then(
		(stats) => stats.isDirectory(),
		() => where === "root",
	);
	const files = isFolder
		? [...NEEDED, PROGRAM].map((file) => join(path, file))
		: [path];
	const top = isFolder ? topOf(path) : path;
	for (const file of files) {
		const found = await closedAt(account, file, top).catch(() => undefined);
		if (found !== undefined) return found;
	}
	return undefined;
}

/** The node_modules that npm install filled, or the package's own folder. */
function topOf(path: string): string {
	const at = path.indexOf("/node_modules/");
	return at < 0 ? path : path.slice(0, at + "/node_modules".length);
}

async function closedAt(
	account: NamedAccount,
	file: string,
	top: string,
): Promise<ClosedPackage | undefined> {
	const isProgram = file.endsWith(`/${PROGRAM}`);
	const closed =
		(await closedTo(account, file, READ)) ??
		(isProgram ? await closedTo(account, file, SEARCH) : undefined);
	if (closed === undefined) return undefined;
	const { path, bit } = closed;
	if (path !== file) {
		const isAbove = `${top}/`.startsWith(`${path}/`) && path !== top;
		const cure = isAbove
			? permitting(account, "x", path)
			: `chmod -R go+rX ${top}`;
		return { what: `may not enter ${path}`, cure };
	}
	if (bit === READ)
		return {
			what: `may not read ${file}`,
			cure: file === top ? `chmod go+r ${file}` : `chmod -R go+rX ${top}`,
		};
	return {
		what: `may not execute ${file}`,
		cure: `chmod a+x ${dirname(file)}/*.js`,
	};
}

import { open, readFile } from "node:fs/promises";

/** The part of a service's log that explains why the proxy does not run. */
export interface ServiceLog {
	/** The last known problem since the proxy last listened. */
	readonly reason: Reason | undefined;
	/** How often gravity has started it since then. */
	readonly starts: number;
}

/** Known texts of a log, and the remedy for each. */
export interface Reason {
	readonly says: string;
	readonly cure: string;
}

const TAIL_BYTES = 64 * 1024;
/** This proxy's line at the end of its start. The original has no line that proves its success. */
const LISTENING = '"msg":"listening"';
/** A start that ends after it has listened: the map is opened later. */
const NO_DRIVER = "A .sqlite session map needs Node";
/** Gravity's line at each start. */
const STARTED = /^Executing: /gm;

export async function serviceLog(file: string): Promise<ServiceLog> {
	return explained(await tailOf(file));
}

/** @param log the end of a service's log */
export function explained(log: string): ServiceLog {
	const heard = log.lastIndexOf(LISTENING);
	const listened = heard > log.lastIndexOf(NO_DRIVER) ? heard : -1;
	const since = log.slice(listened + 1);
	const starts = [...since.matchAll(STARTED)];
	const [first] = starts;
	// The lines from there to the next start are from a proxy that served.
	if (first === undefined && listened >= 0)
		return { reason: undefined, starts: 0 };
	const reason = reasonIn(since.slice(first?.index));
	return { reason, starts: starts.length };
}

/** Empty if it cannot be read. */
export async function tailOf(file: string): Promise<string> {
	const handle = await open(file).catch(() => undefined);
	if (handle === undefined) return readFile(file, "utf8").catch(() => "");
	try {
		const { size } = await handle.stat();
		const length = Math.min(size, TAIL_BYTES);
		const { buffer } = await handle.read({
			buffer: Buffer.alloc(length),
			position: size - length,
		});
		return buffer.toString("utf8");
	} catch {
		return "";
	} finally {
		await handle.close();
	}
}

/** Shows only known texts, since the original's log contains tokens and passwords. */
const REASONS: readonly (readonly [RegExp, string])[] = [
	[
		new RegExp(NO_DRIVER.replace(".", "\\.")),
		"The Node of the service has no SQLite: see the line gravity node.",
	],
	[
		/relation "gxitproxy" does not exist/,
		"The original gx-it-proxy does not start before the first tool has made the table: start galaxy-proxy in its place, or make the table with gx-it-proxy-create-db.",
	],
	[
		/EADDRINUSE|[^\s"]+ is in use by (?:process \d+|a process that this user cannot see)/,
		"Another process has the port: see the lines port and other proxies.",
	],
	[
		/(?:may not|cannot) listen on \S+:\d+/,
		"Correct ip and port in gx_it_proxy: the address must be this host's, and the port free and above 1023.",
	],
	[
		/cannot be (?:read|opened): EACCES/,
		"Make this file or folder readable, or for a log writable, for the service's account.",
	],
	[
		/galaxy-proxy: (?:GALAXY_PROXY_\w+|--[\w-]+|\/\S+)/,
		"The proxy refuses this setting, and the last line of its log says why: correct it in gx_it_proxy, then galaxyctl update.",
	],
	[
		/may not read all files of its package|gx-it-proxy: Permission denied/,
		"The service's account may not use the package's files: see the line gravity.",
	],
	[
		/(?:gx-it|galaxy)-proxy: not found|could not determine executable|MODULE_NOT_FOUND|its packages are not installed/,
		"Install the package with npm install in galaxy_root, from its tarball, instead of unpacking it.",
	],
	[
		/npm (?:error|ERR!) (?:code |Error: )?EACCES/,
		"Let the service's account write npm's cache: see the line gravity home.",
	],
	[
		/npm error code ENOENT|npm error enoent/,
		"The package is missing: see the line gravity.",
	],
	[
		/E404|ETARGET|No matching version/,
		"The registry has no such version: correct gx_it_proxy.version.",
	],
	[
		/ENOTFOUND registry|EAI_AGAIN|network request to .* failed|ETIMEDOUT/,
		"npm's registry cannot be reached: install the package in galaxy_root, so that no start asks the registry.",
	],
	[
		/password authentication failed|no password supplied|ECONNREFUSED .*5432|could not connect to server/,
		"The map's database refuses the proxy: check the URL, and the server.",
	],
	[
		/gyp ERR!|node-pre-gyp/,
		"npm cannot build the original's native module here: install galaxy-proxy, which needs none.",
	],
	[
		/SyntaxError: Unexpected token|needs Node|Unsupported engine|npm v\S+ does not support Node|env: .node.: (?:No such file|Permission denied)/,
		"The Node of the service is too old or missing: see the line gravity node.",
	],
	[
		/SQLITE_CANTOPEN/,
		"The folder of the map is missing or closed to the service's account.",
	],
];

/** The last reason in a log. */
function reasonIn(log: string): Reason | undefined {
	const found = REASONS.flatMap(([pattern, cure]) => {
		const last = [...log.matchAll(new RegExp(pattern, "g"))].at(-1);
		return last === undefined ? [] : [{ at: last.index, says: last[0], cure }];
	});
	return found.toSorted((one, other) => other.at - one.at)[0];
}

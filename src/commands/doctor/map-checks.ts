import { existsSync } from "node:fs";
import { access, constants, readdir, stat, statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { authorityOf } from "../../http1/request-head.js";
import { sessionLabel } from "../../log/session-label.js";
import type { Route } from "../../route.js";
import type { Listing } from "../../session-map/map-list.js";
import {
	codeOf,
	NotMadeYet,
	Unreadable,
} from "../../session-map/unreadable.js";
import { isOnNetwork } from "../../session-map/watch.js";
import { firstOf } from "../command.js";
import type { Check } from "./check.js";
import { doubtful, type Found, good, wrong } from "./finding.js";
import type { Host } from "./host.js";

export const MAP_CHECKS: readonly Check<Host>[] = [
	{ name: "map", find: readability },
	{ name: "map lock", find: galaxysLock },
	{ name: "map age", find: lastChange },
	{ name: "map file system", find: fileSystem },
];

export const ROW_CHECKS: readonly Check<Listing>[] = [
	{ name: "rows", find: readyRows },
	{ name: "rows", find: endedRows },
	{ name: "rows", find: contestedRows },
	{ name: "rows", find: sharedAddresses },
	{ name: "rows", find: elsewhereRows },
];

/** Seconds. A live writer holds Galaxy's lock file for milliseconds, and waits for it for 10 s. */
const STALE_LOCK_S = 15;
const DAY_S = 86_400;
/** After so many days without a change, the wrong file is more likely than a quiet Galaxy. */
const OLD_DAYS = 30;
/** The most sessions and addresses that are named one by one. */
const LISTED = 10;

const COMPARE =
	"compare --sessions with Galaxy's dynamic_proxy_session_map, for tools interactivetools_map";

async function readability({ config, rows }: Host): Promise<Found> {
	try {
		const { form, isWal, count } = await rows();
		const number = count === 1 ? "1 row" : `${count} rows`;
		return good`${config.sessions}: ${form}${isWal ? ", WAL mode" : ""}, ${number}`;
	} catch (error) {
		if (!(error instanceof Unreadable)) throw error;
		const [what = "", ...rest] = error.message.split(/(?<=\.) |(?<=\)): /);
		// Galaxy creates the map with the first environment.
		const isNew =
			error instanceof NotMadeYet ||
			(codeOf(error.cause) === "ENOENT" &&
				existsSync(dirname(config.sessions)));
		const remedy =
			rest.join(" ") || "Check --sessions, the file and its file system.";
		return (isNew ? doubtful : wrong)`${what} -> ${remedy}`;
	}
}

/** Galaxy locks the map with a file next to it. After a crash the file stays, and every launch fails after 10 s. */
async function galaxysLock({ config }: Host): Promise<Found> {
	const lock = `${config.sessions}.lock`;
	const age = await ageOf(lock);
	if (age === undefined) return good`Galaxy's lock file does not exist`;
	if (age < STALE_LOCK_S)
		return good`Galaxy, or another program that uses its lock, is writing now`;
	return wrong`${lock} is ${inWords(age)} old: the program that created it crashed, and every launch in Galaxy fails until the file is removed
		-> If no Galaxy process is writing now: rm ${lock}`;
}

async function lastChange({ config }: Host): Promise<Found | undefined> {
	const path = config.sessions;
	const age = await ageOf(path);
	// The check of the map has reported that it does not exist.
	if (age === undefined) return undefined;
	const newer = await newerMap(path, age);
	if (newer !== undefined)
		return doubtful`${newer} was changed after ${basename(path)} (${inWords(age)} ago) -> Which one does Galaxy write? Please ${COMPARE}.`;
	if (age < -1)
		return doubtful`last changed ${inWords(-age)} in the future -> Set the clock of this host, or of the file server.`;
	if (age > OLD_DAYS * DAY_S)
		return doubtful`last changed ${inWords(age)} ago -> Start an environment or a tool from Galaxy and run doctor again. If this still shows the same time, ${COMPARE}.`;
	return good`last changed ${inWords(Math.max(0, age))} ago`;
}

/** Another map in the folder: Galaxy switched between SQLite and JSON, or the path has a typing error. */
async function newerMap(path: string, age: number) {
	for (const name of await readdir(dirname(path))) {
		if (!/session_?map.*\.(sqlite|json|xml)$/i.test(name)) continue;
		const other = join(dirname(path), name);
		const otherAge = other === path ? undefined : await ageOf(other);
		if (otherAge !== undefined && otherAge < age - 1) return other;
	}
	return undefined;
}

async function fileSystem({ config, rows }: Host): Promise<Found | undefined> {
	const path = config.sessions;
	const folder = dirname(path);
	// The check of the map has reported that the folder does not exist.
	if (!existsSync(folder)) return undefined;
	const { isWal } = await rows().catch(() => ({ isWal: false }));
	const leaveWal = `sqlite3 ${path} 'PRAGMA journal_mode=DELETE'`;
	if (await isOnNetwork(path))
		return isWal
			? wrong`${path} is in WAL mode on a network file system, where hosts do not share SQLite's log -> Put it on a local disk, or: ${leaveWal}`
			: doubtful`${path} is on a network file system: the proxy looks every second, so it sees a new environment up to 2 s late, or later if the mount caches for longer
				-> Put the map on a local disk of the host that Galaxy and the proxy share.`;
	const isReadOnly = await access(folder, constants.W_OK).catch(() => true);
	if (isWal && isReadOnly)
		return doubtful`${path} is in WAL mode, and this account may not write to its folder, which readers need for the -shm file
			-> Let the proxy's account write there, or: ${leaveWal}`;
	const { type } = await statfs(path).catch(() => statfs(folder));
	const typeText = `statfs type 0x${(type >>> 0).toString(16)}`;
	return good`local (${typeText})${isWal ? ", WAL mode" : ""}`;
}

/** Seconds since the last change of the file and its write-ahead log; undefined if it does not exist. */
async function ageOf(path: string): Promise<number | undefined> {
	const main = await changedAt(path);
	if (main === undefined) return undefined;
	const log = (await changedAt(`${path}-wal`)) ?? 0;
	return (Date.now() - Math.max(main, log)) / 1000;
}

async function changedAt(path: string): Promise<number | undefined> {
	try {
		return (await stat(path)).mtimeMs;
	} catch (error) {
		if (/ENOENT|ENOTDIR|EACCES/.test(codeOf(error))) return undefined;
		throw error;
	}
}

/** 90 -> "1 minute". */
function inWords(seconds: number): string {
	const units = { day: DAY_S, hour: 3600, minute: 60, second: 1 };
	const [unit, size] = Object.entries(units).find(
		([, size]) => seconds >= size,
	) ?? ["second", 1];
	const count = Math.floor(seconds / size);
	return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function readyRows({ count, rows, form }: Listing): Found {
	if (count === 0)
		return doubtful`the map has no rows: no ${nameOf(form)} was started -> Start one from Galaxy. If one is running, Galaxy writes another file: ${isOfTools(form) ? "compare --sessions with Galaxy's interactivetools_map" : COMPARE}.`;
	const waiting = labelsOf(rows, "not-ready");
	const read = rows.length < count ? ` (the newest ${rows.length} read)` : "";
	const all = count === 1 ? "1 row" : `${count} rows, all`;
	if (waiting.length === 0) return good`${all} ready${read}`;
	return doubtful`${waiting.length} of ${count} rows ${waiting.length === 1 ? "is" : "are"} not ready, without a host or a valid port${read}: ${named(waiting)}
		-> Galaxy writes them when it knows the container's port. If a row stays so, look in Galaxy's log for this launch.${isOfTools(form) ? "" : " In swarm mode Galaxy's page of the environment must stay open, and docker service ps shows whether the task runs."}`;
}

function isOfTools(form: Listing["form"]): boolean {
	return form === "gxitproxy";
}

function nameOf(form: Listing["form"]): string {
	return isOfTools(form) ? "tool" : "environment";
}

/** How routes remove takes a session. */
function argumentOf(form: Listing["form"]): string {
	return isOfTools(form) ? "KEY" : "-";
}

/** Galaxy's Kubernetes runner writes the host "manual". */
function elsewhereRows({ rows }: Listing): Found | undefined {
	const labels = labelsOf(rows, "elsewhere");
	if (labels.length === 0) return undefined;
	return good`${labels.length} of ${rows.length} rows with the host manual: Kubernetes' own ingress serves these tools, and this proxy does not: ${named(labels)}`;
}

function endedRows({ rows, form }: Listing): Found | undefined {
	const ended = labelsOf(rows, "ended");
	if (ended.length === 0) return undefined;
	// Only a daemon that saw the rows appear knows which belong together.
	if (isOfTools(form))
		return good`a later row leads to the same address: ${named(ended)}; the running proxy serves those that Galaxy wrote together, as entry points of one tool, and refuses the others, whose container has ended`;
	return good`refused because a later row leads to the same address: ${named(ended)}; galaxy-proxy routes prune --ended removes these rows, --same-address any serves them if several Docker hosts share this map`;
}

function contestedRows({ rows, form }: Listing): Found | undefined {
	const contested = labelsOf(rows, "contested");
	if (contested.length === 0) return undefined;
	return doubtful`${contested.length} rows lead to addresses of other rows, and a JSON map does not show which was written last: ${named(contested)}
		-> A proxy that was started with them refuses them. Remove the rows of ended containers (galaxy-proxy routes remove ${argumentOf(form)}), or start their ${nameOf(form)}s again.`;
}

/** Rows that share an address and are all served, because nothing distinguishes their containers or --same-address is any. */
function* sharedAddresses({ rows, form }: Listing): Iterable<Found> {
	const addresses = new Map<string, string[]>();
	for (const { key, route } of rows) {
		if (route.kind !== "target") continue;
		const authority = authorityOf(route.target);
		const labels = addresses.get(authority) ?? [];
		addresses.set(authority, [...labels, sessionLabel(key)]);
	}
	const shared = [...addresses].filter(([, labels]) => labels.length > 1);
	for (const [authority, labels] of shared.slice(0, LISTED))
		yield doubtful`${authority} is in ${labels.length} rows, the newest first: ${named(labels)}
			-> If a container has ended and its port was given to another user's container, the older session reaches that one. Remove the old row: galaxy-proxy routes remove ${argumentOf(form)}.`;
}

export function labelsOf(rows: Listing["rows"], kind: Route["kind"]): string[] {
	return rows
		.filter(({ route }) => route.kind === kind)
		.map(({ key }) => sessionLabel(key));
}

export function named(labels: readonly string[]): string {
	return `sessions ${firstOf(labels, LISTED)}`;
}

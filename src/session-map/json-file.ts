import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { sessionLabel } from "../log/session-label.js";
import type { Mode } from "../mode.js";
import { type Route, toolSession, UNKNOWN } from "../route.js";
import { NO_CONFLICTS } from "./map-source.js";
import {
	AddressOwners,
	type Claim,
	type Counts,
} from "./owners/address-owners.js";
import { addressOf, claimOf, routeAt, routeOf, routeOfAddress } from "./row.js";
import {
	CHANGED,
	isSameStamp,
	type Stamp,
	stampOf,
	unsettledMs,
	untilSteady,
} from "./sqlite-file.js";
import { GXITPROXY, toolRouteOf } from "./tool-row.js";
import { Unreadable, unreadableFile } from "./unreadable.js";

/** Contested addresses whose sessions are named in the log. */
const MOST_NAMED = 20;

/** A JSON map at a path. Galaxy truncates it before it writes, so a read can find it empty or cut off. */
export class JsonFile {
	generation = 0;
	/** Of the content that was read last, valid or not; undefined while a rewrite could result in the same stamp. */
	stamp: Stamp | undefined;
	conflicts = NO_CONFLICTS;
	/** By session key, as read last. */
	routes: ReadonlyMap<string, Route> = new Map();
	readonly #path: string;
	readonly #oneOwner: boolean;
	readonly #mode: Mode;
	#owners = new AddressOwners();
	#digest = "";
	/** The error in the content that was read last. */
	#failure: Unreadable | undefined;

	/** @param oneOwner whether only the latest of the rows with one address is served */
	constructor(path: string, oneOwner = true, mode: Mode = "gie") {
		this.#path = path;
		this.#oneOwner = oneOwner;
		this.#mode = mode;
	}

	route(key: string): Route {
		return this.routes.get(key) ?? UNKNOWN;
	}

	counts(): Counts {
		return this.#owners.counts();
	}

	/** Reads the file if it has changed. @throws Unreadable */
	refresh(): void {
		untilSteady(this.#path, () => this.#readIfChanged());
		if (this.#failure !== undefined) throw this.#failure;
	}

	#readIfChanged(): typeof CHANGED | undefined {
		const stamp = stampOf(this.#path, this.#mode);
		if (this.stamp !== undefined && isSameStamp(stamp, this.stamp))
			return undefined;
		this.stamp = undefined;
		const isYoung = unsettledMs(stamp) > 0;
		const bytes = bytesOf(this.#path, this.#mode);
		// Two equal readings are not a mixture of two contents, whatever the stamp says.
		if (isYoung && !bytesOf(this.#path, this.#mode).equals(bytes))
			return CHANGED;
		if (!isSameStamp(stamp, stampOf(this.#path, this.#mode))) return CHANGED;
		this.#take(bytes);
		if (!isYoung) this.stamp = stamp;
		return undefined;
	}

	/** Replaces the routes if the bytes differ. */
	#take(bytes: Buffer): void {
		this.#failure = undefined;
		const digest = createHash("sha256").update(bytes).digest("base64");
		if (digest === this.#digest) return;
		try {
			this.routes = this.#routesOf(bytes.toString());
			this.#digest = digest;
			this.generation++;
		} catch (error) {
			const problem =
				bytes.length === 0 ? "empty" : "not a whole JSON document";
			this.#failure = new Unreadable(
				`${this.#path} is ${problem} (${String(error)}). If no Galaxy is writing it just now, restore it, or move it away.`,
				true,
				error,
			);
		}
	}

	/**
	 * Galaxy leaves a key that it writes again in its old place. So only a row that is new or has changed since the last
	 * read is known to be later than another one.
	 */
	#routesOf(text: string): ReadonlyMap<string, Route> {
		const owners = new AddressOwners();
		const claims: Claim[] = [];
		const read = this.#mode === "gxit" ? toolsOfJson : routesOfJson;
		const routes = read(text, (claim) => {
			if (claim === undefined || !this.#oneOwner) return;
			claims.push(claim);
			owners.put(claim, this.#owners.orderOf(claim) ?? this.generation);
		});
		this.#owners = owners.settle(this.#owners);
		this.conflicts = NO_CONFLICTS;
		const { conflicts: places } = owners;
		// Rows that ended earlier are still ended, even if no other row contradicts them now.
		if (places === "nowhere" && owners.counts().ended === 0) return routes;
		for (const claim of claims) {
			const route = routes.get(claim.key);
			const standing = owners.standingOf(claim);
			if (route !== undefined) routes.set(claim.key, routeAt(route, standing));
		}
		const contested = [...contestedIn(routes).values()];
		this.conflicts = { places, contested: contested.slice(0, MOST_NAMED) };
		return routes;
	}
}

/** By contested address, the sessions whose rows name it, as the log shows them. */
export function contestedIn(
	routes: ReadonlyMap<string, Route>,
): Map<string, string[]> {
	const sessions = new Map<string, string[]>();
	for (const [key, route] of routes) {
		if (route.kind !== "contested") continue;
		const address = addressOf(route.target);
		const labels = sessions.get(address) ?? [];
		sessions.set(address, labels);
		labels.push(sessionLabel(key));
	}
	return sessions;
}

interface JsonRow {
	readonly host?: unknown;
	readonly port?: unknown;
	readonly container_ids?: unknown;
	readonly token?: unknown;
	readonly info?: unknown;
}

/**
 * Reads both JSON eras: {"host:port": session} up to Galaxy 17.01, {session: {host, port}} after. The type of each
 * entry tells its era, and the later era wins. onRow gets the claim of each row of the later era.
 * @throws Error if the text is not a map
 */
export function routesOfJson(
	text: string,
	onRow?: (claim: Claim | undefined) => void,
): Map<string, Route> {
	const entries = parseJsonMap(text);
	const routes = new Map<string, Route>();
	// With half a million sessions, the pairs of Object.entries would cost a third of the time.
	const names = Object.keys(entries);
	for (const address of names) {
		const session = entries[address];
		if (typeof session === "string")
			routes.set(session, routeOfAddress(address));
	}
	for (const session of names) {
		const row = entries[session];
		if (typeof row !== "object" || row === null) continue;
		const { host, port, container_ids: ids } = row as JsonRow;
		const route = routeOf(host, port, ids);
		routes.set(session, route);
		onRow?.(claimOf(session, route, ids));
	}
	return routes;
}

/**
 * Reads {key: {host, port, token, info}}, as gx-it-proxy documents it with a token added. Rows without a token are left out.
 * @throws Error if the text is not a map
 */
export function toolsOfJson(
	text: string,
	onRow?: (claim: Claim | undefined) => void,
): Map<string, Route> {
	const routes = new Map<string, Route>();
	for (const [name, row] of Object.entries(parseJsonMap(text))) {
		if (typeof row !== "object" || row === null) continue;
		const { host, port, token, info } = row as JsonRow;
		if (typeof token !== "string" || token === "") continue;
		const key = toolSession(name, token);
		routes.set(key, toolRouteOf(host, port, info));
		onRow?.(GXITPROXY.claimIn({ key, host, port }));
	}
	return routes;
}

/** @throws Error if the text is not a JSON object */
export function parseJsonMap(text: string): Readonly<Record<string, unknown>> {
	const map: unknown = JSON.parse(text);
	if (typeof map !== "object" || map === null || Array.isArray(map))
		throw new SyntaxError("not a JSON object");
	return map as Readonly<Record<string, unknown>>;
}

function bytesOf(path: string, mode: Mode): Buffer {
	try {
		return readFileSync(path);
	} catch (error) {
		throw unreadableFile(path, error, mode);
	}
}

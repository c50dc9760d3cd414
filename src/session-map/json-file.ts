import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { sessionLabel } from "../log/session-label.js";
import { type Route, UNKNOWN } from "../route.js";
import { NO_CONFLICTS } from "./map-source.js";
import {
	AddressOwners,
	type Claim,
	type Counts,
} from "./owners/address-owners.js";
import { claimOf, routeAt, routeOf, routeOfAddress } from "./row.js";
import { type Stamp, sameStamp, stampOf, unsettledMs } from "./sqlite-file.js";
import { fileFault, Unreadable } from "./unreadable.js";

/** Contested addresses that are told of by name. */
const CONTESTED_TOLD = 20;

/** How often the file may change while it is read before the reader is told to come again. */
const ATTEMPTS = 4;

type Routes = ReadonlyMap<string, Route>;

/**
 * Both JSON eras: {"host:port": session} until Galaxy 17.01, {session: {host, port}} after; each entry is told by its
 * own type, and the later era wins. onRow is told of each row of the later era.
 * @throws Error where the text is not a map
 */
export function routesOfJson(
	text: string,
	onRow?: (session: string, route: Route, ids: unknown) => void,
): Map<string, Route> {
	const entries = parseJsonMap(text);
	const routes = new Map<string, Route>();
	// Of half a million sessions, pairs as of Object.entries cost a third of the whole time.
	const names = Object.keys(entries);
	for (const address of names) {
		const session = entries[address];
		if (typeof session === "string")
			routes.set(session, routeOfAddress(address));
	}
	for (const session of names) {
		const place = entries[session];
		if (typeof place !== "object" || place === null) continue;
		const { host, port, container_ids: ids } = place as JsonRow;
		const route = routeOf(host, port, ids);
		routes.set(session, route);
		onRow?.(session, route, ids);
	}
	return routes;
}

interface JsonRow {
	readonly host?: unknown;
	readonly port?: unknown;
	readonly container_ids?: unknown;
}

/** @throws Error where the text is not a JSON object */
export function parseJsonMap(text: string): Readonly<Record<string, unknown>> {
	const map: unknown = JSON.parse(text);
	if (typeof map !== "object" || map === null || Array.isArray(map))
		throw new SyntaxError("not a JSON object");
	return map as Readonly<Record<string, unknown>>;
}

/** A JSON map at a path. Galaxy truncates it, then writes: a reader can meet it empty or in half. */
export class JsonFile {
	generation = 0;
	/** Of what was read last, good or bad; undefined while a rewrite could still leave the same stamp. */
	stamp: Stamp | undefined;
	readonly #path: string;
	readonly #oneOwner: boolean;
	#routes: Routes = new Map();
	#owners = new AddressOwners();
	conflicts = NO_CONFLICTS;
	#digest = "";
	/** What is wrong with what was read last. */
	#fault: Unreadable | undefined;

	/** @param oneOwner whether of rows with one address only the one written last leads there */
	constructor(path: string, oneOwner = true) {
		this.#path = path;
		this.#oneOwner = oneOwner;
	}

	/** By session key, as read last. */
	get routes(): Routes {
		return this.#routes;
	}

	route(key: string): Route {
		return this.#routes.get(key) ?? UNKNOWN;
	}

	counts(): Counts {
		return this.#owners.counts();
	}

	/** Reads the file where it has changed. @throws Unreadable */
	refresh(): void {
		this.#readIfChanged();
		if (this.#fault !== undefined) throw this.#fault;
	}

	#readIfChanged(): void {
		for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
			const stamp = stampOf(this.#path);
			if (this.stamp !== undefined && sameStamp(stamp, this.stamp)) return;
			this.stamp = undefined;
			const young = unsettledMs(stamp) > 0;
			const bytes = readWhole(this.#path);
			// Two equal readings are no mixture of two contents, whatever the stamp says.
			if (young && !readWhole(this.#path).equals(bytes)) continue;
			if (!sameStamp(stamp, stampOf(this.#path))) continue;
			this.#fault = this.#take(bytes);
			if (!young) this.stamp = stamp;
			return;
		}
		throw new Unreadable(`${this.#path} changes while it is read.`, true);
	}

	/**
	 * Which of two rows was written later, only a row that came or changed since the last read can tell: Galaxy writes a
	 * key that is there already in its old place.
	 */
	#routesOf(text: string): Routes {
		const owners = new AddressOwners();
		const claims: Claim[] = [];
		const routes = routesOfJson(text, (session, route, ids) => {
			const claim = this.#oneOwner ? claimOf(session, route, ids) : undefined;
			if (claim === undefined) return;
			claims.push(claim);
			owners.put(claim, this.#owners.orderOf(claim) ?? this.generation);
		});
		this.#owners = owners.settle(this.#owners);
		this.conflicts = NO_CONFLICTS;
		const { conflicts: places } = owners;
		// What ended earlier has still ended, though nothing contradicts it any more.
		if (places === "nowhere" && owners.counts().ended === 0) return routes;
		for (const claim of claims) {
			const route = routes.get(claim.key);
			const standing = owners.standingOf(claim);
			if (route !== undefined) routes.set(claim.key, routeAt(route, standing));
		}
		this.conflicts = { places, contested: contestedIn(claims, routes) };
		return routes;
	}

	/** Swaps the routes, where the bytes are others. Returns what is wrong with them. */
	#take(bytes: Buffer): Unreadable | undefined {
		const digest = createHash("sha256").update(bytes).digest("base64");
		if (digest === this.#digest) return undefined;
		try {
			this.#routes = this.#routesOf(bytes.toString());
		} catch (error) {
			return new Unreadable(
				`${this.#path} is ${bytes.length === 0 ? "empty" : "not a whole JSON document"} (${String(error)}). If no Galaxy is writing it just now, restore it, or move it away.`,
				true,
				error,
			);
		}
		this.#digest = digest;
		this.generation++;
		return undefined;
	}
}

/** For each contested address the sessions whose rows lead there. */
function contestedIn(
	claims: readonly Claim[],
	routes: Routes,
): readonly (readonly string[])[] {
	const sessions = new Map<string, string[]>();
	for (const { key, address } of claims) {
		if (routes.get(key)?.kind !== "contested") continue;
		const known = sessions.get(address);
		if (known !== undefined) known.push(sessionLabel(key));
		else if (sessions.size < CONTESTED_TOLD)
			sessions.set(address, [sessionLabel(key)]);
	}
	return [...sessions.values()];
}

function readWhole(path: string): Buffer {
	try {
		const fd = openSync(path, "r");
		try {
			const bytes = Buffer.allocUnsafe(fstatSync(fd).size);
			let length = 0;
			let got = -1;
			while (got !== 0 && length < bytes.length) {
				got = readSync(fd, bytes, length, bytes.length - length, length);
				length += got;
			}
			return bytes.subarray(0, length);
		} finally {
			closeSync(fd);
		}
	} catch (error) {
		throw fileFault(path, error);
	}
}

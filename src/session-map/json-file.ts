import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { sessionLabel } from "../log/session-label.js";
import type { Mode } from "../mode.js";
import { type Route, toolSession, UNKNOWN } from "../route.js";
import { steadyNow } from "../steady-clock.js";
import { NO_CONFLICTS } from "./map-source.js";
import {
	AddressOwners,
	type Claim,
	type Connected,
	type Counts,
	OwnersData,
} from "./owners/address-owners.js";
import type { OwnerFacts } from "./owners/owner-facts.js";
import {
	addressOf,
	claimOf,
	doubtedIn,
	routeAt,
	routeOf,
	routeOfAddress,
} from "./row.js";
import {
	CHANGED,
	isSameStamp,
	type Stamp,
	stampOf,
	unsettledMs,
	untilSteady,
} from "./sqlite-file.js";
import { GXITPROXY, toolRouteOf } from "./tool-row.js";
import { NotMadeYet, Unreadable, unreadableFile } from "./unreadable.js";

// Longer than 300 lines: reading, judging and the order that JSON lacks depend on each other.
/** Contested addresses whose sessions are named in the log. */
const MOST_NAMED = 20;

/** A JSON map at a path. Galaxy truncates it before it writes, so a read can find it empty or cut off. */
export class JsonFile {
	generation = 0;
	/** Of the content that was read last, valid or not; undefined while a rewrite could result in the same stamp. */
	stamp: Stamp | undefined;
	conflicts = NO_CONFLICTS;
	/** By session key. */
	routes: ReadonlyMap<string, Route> = new Map();
	/** As read last, without regard to other rows at their addresses. */
	#rows: ReadonlyMap<string, Route> = new Map();
	#claims: readonly Claim[] = [];
	#tokenless = 0;
	/**
	 * In milliseconds of steadyNow(): when the content that was read last was still the current one, or no file was there.
	 * -Infinity: never, so that nothing is known of the time before.
	 */
	#currentAt = Number.NEGATIVE_INFINITY;
	/** In a worker. */
	readonly facts: OwnerFacts | undefined;
	/** The generation that other workers were told of. */
	#sharedGeneration = 0;
	readonly #path: string;
	readonly #oneOwner: boolean;
	readonly #mode: Mode;
	#owners = new AddressOwners();
	#digest = "";
	/** The error in the content that was read last. */
	#failure: Unreadable | undefined;

	/** @param oneOwner whether only the latest of the rows with one address is served */
	constructor(
		path: string,
		oneOwner = true,
		mode: Mode = "gie",
		facts?: OwnerFacts,
	) {
		this.facts = facts;
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

	get doubtedAt(): readonly number[] {
		return this.#owners.doubtedAddresses();
	}

	/** Agrees with other workers on the standing of rows. */
	share(): void {
		const { facts } = this;
		if (facts === undefined || this.generation === 0) return;
		if (this.generation === this.#sharedGeneration && !facts.hasPending) return;
		const isFirst = this.#sharedGeneration === 0;
		if (facts.share(this.#owners, { numbering: "", isFirst })) {
			this.generation++;
			this.#judge();
		}
		this.#sharedGeneration = this.generation;
	}

	/** Believes doubted rows (see Doubt) that no connection disproves. */
	resolve(connections: readonly Connected[]): void {
		if (this.#owners.resolve(() => connections)) this.generation++;
		this.#judge();
	}

	/**
	 * Reads the file if it has changed.
	 * @param currentAt when it was last seen unchanged, in milliseconds of steadyNow()
	 * @throws Unreadable
	 */
	refresh(currentAt = Number.NEGATIVE_INFINITY): void {
		this.#currentAt = Math.max(this.#currentAt, currentAt);
		untilSteady(this.#path, () => this.#readIfChanged());
		if (this.#failure !== undefined) throw this.#failure;
	}

	#readIfChanged(): typeof CHANGED | undefined {
		const stamp = this.#stampNow();
		if (this.stamp !== undefined && isSameStamp(stamp, this.stamp))
			return undefined;
		this.stamp = undefined;
		const now = steadyNow();
		const isYoung = unsettledMs(stamp) > 0;
		const bytes = bytesOf(this.#path, this.#mode);
		// Two equal readings are not a mixture of two contents, whatever the stamp says.
		if (isYoung && !bytesOf(this.#path, this.#mode).equals(bytes))
			return CHANGED;
		if (!isSameStamp(stamp, stampOf(this.#path, this.#mode))) return CHANGED;
		this.#take(bytes);
		if (this.#failure === undefined) this.#currentAt = now;
		if (!isYoung) this.stamp = stamp;
		return undefined;
	}

	#stampNow(): Stamp {
		try {
			return stampOf(this.#path, this.#mode);
		} catch (error) {
			if (error instanceof NotMadeYet) this.#currentAt = steadyNow();
			throw error;
		}
	}

	/** Replaces the routes if the bytes differ. */
	#take(bytes: Buffer): void {
		this.#failure = undefined;
		const digest = createHash("sha256").update(bytes).digest("base64");
		if (digest === this.#digest) return;
		try {
			this.#read(bytes.toString());
			this.#digest = digest;
			this.generation++;
			this.#judge();
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
	#read(text: string): void {
		const isOfTools = this.#mode === "gxit";
		const owners = new AddressOwners(new OwnersData(isOfTools));
		const claims: Claim[] = [];
		const isFirst = this.generation === 0;
		// Workers compare their orders.
		const order = this.facts && !isFirst ? steadyNow() : this.generation;
		const onRow = (claim: Claim | undefined) => {
			if (claim === undefined || !this.#oneOwner) return;
			claims.push(claim);
			owners.put(claim, this.#owners.orderOf(claim) ?? order);
		};
		let tokenless = 0;
		this.#rows = isOfTools
			? toolsOfJson(text, onRow, () => tokenless++)
			: routesOfJson(text, onRow);
		this.#tokenless = tokenless;
		const appeared = { since: this.#currentAt, seen: steadyNow() };
		const isFollowed = this.#currentAt > Number.NEGATIVE_INFINITY;
		this.#owners = owners.settle(
			this.#owners,
			false,
			isFollowed ? appeared : undefined,
		);
		this.#claims = claims;
	}

	#judge(): void {
		const owners = this.#owners;
		const routes = new Map(this.#rows);
		this.routes = routes;
		this.conflicts = { ...NO_CONFLICTS, tokenless: this.#tokenless };
		const { conflicts: places } = owners;
		// Rows that ended earlier are still ended, even if no other row contradicts them now.
		if (places === "nowhere" && owners.counts().ended === 0) return;
		for (const claim of this.#claims) {
			const route = routes.get(claim.key);
			const standing = owners.standingOf(claim);
			if (route !== undefined) routes.set(claim.key, routeAt(route, standing));
		}
		const contested = [...contestedIn(routes).values()]
			.filter((labels) => labels.length > 1)
			.slice(0, MOST_NAMED);
		const doubted = doubtedIn(owners);
		this.conflicts = { ...this.conflicts, places, contested, doubted };
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
 * Reads {key: {host, port, token, info}}, as gx-it-proxy documents it with a token added. Rows without a token are unknown.
 * @throws Error if the text is not a map
 */
export function toolsOfJson(
	text: string,
	onRow?: (claim: Claim | undefined) => void,
	onTokenless?: () => void,
): Map<string, Route> {
	const routes = new Map<string, Route>();
	for (const [name, row] of Object.entries(parseJsonMap(text))) {
		if (typeof row !== "object" || row === null) continue;
		const { host, port, token, info } = row as JsonRow;
		if (typeof token !== "string" || token === "") {
			onTokenless?.();
			routes.set(toolSession(name, ""), UNKNOWN);
			continue;
		}
		const key = toolSession(name, token);
		routes.set(key, toolRouteOf(host, port, info));
		onRow?.(GXITPROXY.claimIn({ key, host, port }));
	}
	return routes;
}

/** @throws Error if the text is not a JSON object; it shows nothing of the text, which contains session keys and tokens */
export function parseJsonMap(text: string): Readonly<Record<string, unknown>> {
	const map = parse(text);
	if (typeof map !== "object" || map === null || Array.isArray(map))
		throw new SyntaxError("not a JSON object");
	return map as Readonly<Record<string, unknown>>;
}

/** V8's own message quotes the text around the error. */
function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		const [place = ""] =
			/ at position \d+(?: \(line \d+ column \d+\))?/.exec(String(error)) ?? [];
		throw new SyntaxError(`not valid JSON${place}`);
	}
}

function bytesOf(path: string, mode: Mode): Buffer {
	try {
		return readFileSync(path);
	} catch (error) {
		throw unreadableFile(path, error, mode);
	}
}

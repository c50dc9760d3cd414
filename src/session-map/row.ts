import { isIPv6, SocketAddress } from "node:net";
import { SESSION_KEY_BYTES } from "../limits.js";
import { NOT_READY, type Route, type Target } from "../route.js";
import type { Claim, Standing } from "./owners/address-owners.js";

/** Names and IPv4 addresses. `_` stands in the names of Docker's services. 253 is DNS's longest name. */
const NAME = /^[A-Za-z0-9_.-]{1,253}$/;
const DIGITS = /^[0-9]{1,10}$/;

/** One session of the map. */
export interface Entry {
	/** Secret: whoever has it is that user. */
	readonly key: string;
	readonly route: Route;
	/** Where the route has ended or is contested: how the log shows the sessions whose rows lead to the address. */
	readonly rivals?: readonly string[];
	/** Of a row in gxproxy2: what stands in its columns. */
	readonly row?: Columns;
}

/** What a row of gxproxy2 has beside its key; null also where it is neither text nor a number. */
export interface Columns {
	readonly host: string | null;
	/** A number as text. */
	readonly port: string | null;
	readonly ids: string | null;
}

/** Galaxy writes NULL and "null" for a visitor without a cookie: whoever sends that is not who started the session. */
export function isNobodys(key: string): boolean {
	return (
		key === "" ||
		key === "null" ||
		(key.length > SESSION_KEY_BYTES / 3 &&
			Buffer.byteLength(key) > SESSION_KEY_BYTES)
	);
}

/**
 * What a row's host and port say, of whatever types Galaxy's many versions wrote: swarm mode writes localhost and the
 * container's port negated until the published one is known, `docker inspect` gave the port as text.
 * @param ids the row's container_ids: they tell one launch from the next while a row is not ready
 */
export function routeOf(host: unknown, port: unknown, ids?: unknown): Route {
	const name = hostOf(host);
	const number = portOf(port);
	if (name === undefined || number === undefined) {
		const launch = ownerOf(ids);
		return launch === undefined ? NOT_READY : { kind: "not-ready", launch };
	}
	return { kind: "target", target: { host: name, port: number } };
}

/** The same of "host:port", as Galaxy wrote it before 17.05. An IPv6 host may stand in brackets. */
export function routeOfAddress(address: string): Route {
	const colon = address.lastIndexOf(":");
	if (colon < 0) return NOT_READY;
	return routeOf(address.slice(0, colon), address.slice(colon + 1));
}

function hostOf(host: unknown): string | undefined {
	if (typeof host !== "string") return undefined;
	if (NAME.test(host)) return host;
	const bare =
		host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
	return isIPv6(bare) ? bare : undefined;
}

function portOf(port: unknown): number | undefined {
	if (typeof port === "string" && !DIGITS.test(port)) return undefined;
	if (typeof port !== "string" && typeof port !== "number") return undefined;
	const number = Number(port);
	return Number.isInteger(number) && number >= 1 && number <= 65535
		? number
		: undefined;
}

/** The id of one container, as Galaxy writes nearly every list of them. */
const ONE_ID = /^\["([0-9A-Za-z_.-]+)"\]$/;

/**
 * The containers that a row was written for, in one spelling: a list, or a list as JSON text. Undefined where it names
 * none, or cannot be read.
 */
export function ownerOf(ids: unknown): string | undefined {
	if (typeof ids === "string") {
		const one = ONE_ID.exec(ids)?.[1];
		return one ?? ownerOf(jsonOf(ids));
	}
	const isList =
		Array.isArray(ids) &&
		ids.length > 0 &&
		ids.every((id) => typeof id === "string" && id !== "");
	return isList ? [...new Set(ids)].sort().join("\0") : undefined;
}

/** Undefined where it is not JSON; text within text is not unpacked a second time. */
function jsonOf(text: string): unknown {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "string" ? undefined : value;
	} catch {
		return undefined;
	}
}

/** "host:port" in one spelling for each machine: names in lower case without a dot at the end, this machine as localhost. */
export function addressOf({ host, port }: Target): string {
	return `${machineOf(host)}:${port}`;
}

function machineOf(host: string): string {
	const name = host.toLowerCase().replace(/\.$/, "");
	const address = name.includes(":") ? shortest(name) : name;
	const isHere =
		address === "localhost" || address === "127.0.0.1" || address === "::1";
	return isHere ? "localhost" : address;
}

/** An IPv6 address in its canonical spelling (RFC 5952), an IPv4-mapped one as IPv4. */
function shortest(address: string): string {
	const [bare = "", zone] = address.split("%");
	const short = new SocketAddress({ address: bare, family: "ipv6" }).address;
	const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(short)?.[1];
	return mapped ?? (zone === undefined ? short : `${short}%${zone}`);
}

/** What a row claims; undefined where it leads nowhere, or names no container that could be told from another's. */
export function claimOf(
	key: string,
	route: Route,
	ids: unknown,
	rowid = 0,
): Claim | undefined {
	if (route.kind !== "target") return undefined;
	const owner = ownerOf(ids);
	if (owner === undefined) return undefined;
	return { key, address: addressOf(route.target), owner, rowid };
}

/** What a route becomes by what its claim is worth. */
export function routeAt(route: Route, standing: Standing): Route {
	if (route.kind !== "target" || standing === "leads" || standing === "unseen")
		return route;
	return { kind: standing, target: route.target };
}

import { isIPv6, SocketAddress } from "node:net";
import { NOT_READY, type Route, type Target } from "../route.js";
import type { Claim, Standing } from "./owners/address-owners.js";

/** Names and IPv4 addresses. `_` occurs in the names of Docker's services. DNS allows 253 characters. */
const NAME = /^[A-Za-z0-9_.-]{1,253}$/;
const DIGITS = /^[0-9]{1,10}$/;

/**
 * The route that a row's host and port give, in whatever types Galaxy's many versions wrote them: swarm mode writes
 * localhost and the container's port negated until the published one is known, `docker inspect` gave the port as text.
 * @param ids the row's container_ids, which tell one launch from the next while a row is not ready
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

/** The same for "host:port", as Galaxy wrote it before 17.05. An IPv6 host may be in brackets. */
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
	const isPort = Number.isInteger(number) && number >= 1 && number <= 65535;
	return isPort ? number : undefined;
}

/** The usual list: one container's id. */
const ONE_ID = /^\["([0-9A-Za-z_.-]+)"\]$/;

/**
 * The containers that a row was written for, in one spelling. ids: a list, or a list as JSON text. Undefined if there are
 * none, or if they cannot be read.
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

/** Undefined if it is not JSON. Text within text is not unpacked a second time. */
function jsonOf(text: string): unknown {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "string" ? undefined : value;
	} catch {
		return undefined;
	}
}

/** "host:port" in one spelling per machine: names in lower case without a final dot, this machine as localhost. */
export function addressOf({ host, port }: Target): string {
	return `${machineOf(host)}:${port}`;
}

function machineOf(host: string): string {
	const name = host.toLowerCase().replace(/\.$/, "");
	const address = name.includes(":") ? canonicalIPv6(name) : name;
	const isLocal =
		address === "localhost" || address === "127.0.0.1" || address === "::1";
	return isLocal ? "localhost" : address;
}

/** RFC 5952; an IPv4-mapped address becomes IPv4. */
function canonicalIPv6(address: string): string {
	const [bare = "", zone] = address.split("%");
	const short = new SocketAddress({ address: bare, family: "ipv6" }).address;
	const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(short)?.[1];
	return mapped ?? (zone === undefined ? short : `${short}%${zone}`);
}

/** A row's claim on its address; undefined if it has no address, or no container ids to tell it from another's. */
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

/** The route, given the standing of its row's claim. */
export function routeAt(route: Route, standing: Standing): Route {
	if (route.kind !== "target" || standing === "leads" || standing === "unseen")
		return route;
	return { kind: standing, target: route.target };
}

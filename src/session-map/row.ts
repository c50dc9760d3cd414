import { isIPv6 } from "node:net";
import { SESSION_KEY_BYTES } from "../limits.js";
import { NOT_READY, type Route } from "../route.js";

/** Names and IPv4 addresses. `_` stands in the names of Docker's services. 253 is DNS's longest name. */
const NAME = /^[A-Za-z0-9_.-]{1,253}$/;
const DIGITS = /^[0-9]{1,10}$/;

/** One session of the map. */
export interface Entry {
	/** Secret: whoever has it is that user. */
	readonly key: string;
	readonly route: Route;
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
 * What a row's host and port say, of whatever types Galaxy's many versions wrote: swarm mode writes host NULL and the
 * container's port negated until the published one is known, `docker inspect` gave the port as text.
 */
export function routeOf(host: unknown, port: unknown): Route {
	const name = hostOf(host);
	const number = portOf(port);
	if (name === undefined || number === undefined) return NOT_READY;
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

import type { Config } from "../config/config.js";
import { authorityOf } from "../http1/request-head.js";
import { UNIX } from "../listening/listen.js";

/** The path of the unix socket in --ip; undefined if --ip is an address. */
export function socketPathOf({ ip }: Config): string | undefined {
	return ip.startsWith(UNIX) ? ip.slice(UNIX.length) : undefined;
}

/**
 * The host at which a client on this machine reaches a listener on this address. It is a number: localhost may also be ::1,
 * where 0.0.0.0 does not listen.
 */
export function localAddress(ip: string): string {
	if (ip === "0.0.0.0" || ip === "localhost") return "127.0.0.1";
	return ip === "::" ? "::1" : ip;
}

/** host:port, with an IPv6 address in brackets; --ip itself for a unix socket. */
export function localAuthority(config: Config): string {
	if (config.ip.startsWith(UNIX)) return config.ip;
	return authorityOf({ host: localAddress(config.ip), port: config.port });
}

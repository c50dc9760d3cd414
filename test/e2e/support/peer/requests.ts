import { head, UPGRADE } from "../../../support/client.js";

export const PREFIX = "/interactivetool/ep";
/** The entry point k1 by path, and by host. */
export const BY_PATH = `${PREFIX}/k1/t1`;
export const BY_HOST = "Host: k1-t1.ep.interactivetool.galaxy.example:8080";
const GALAXY = "Host: galaxy.example";

/** A request's head; one to a path below the prefix goes to Galaxy's own host. */
export function to(first: string, ...lines: string[]): string {
	const names = lines.some((line) => /^Host:/i.test(line));
	return head(
		/ HTTP\/1\.\d$/.test(first) ? first : `${first} HTTP/1.1`,
		...(names ? [] : [first.includes(PREFIX) ? GALAXY : BY_HOST]),
		...lines,
	);
}

/** The head of a WebSocket handshake. */
export function handshake(target: string, ...lines: string[]): string {
	return to(`GET ${target}`, ...UPGRADE, ...lines);
}

import { parseRequestFields } from "../../src/http1/request-head.js";
import { Boundary } from "../../src/routing/boundary.js";
import {
	containerFields,
	type Peer,
	type RequestRules,
} from "../../src/routing/container-request.js";
import { head } from "../support/client.js";

export const FRONT: Peer = { address: "127.0.0.1", trusted: true };
export const STRANGER: Peer = { address: "192.0.2.7", trusted: false };
const cookie = "galaxysession";
export const RULES: RequestRules = {
	mode: "gie",
	cookie,
	xForward: false,
	boundary: new Boundary({ mode: "gie", cookie, forwardSessionCookie: false }),
};

/** The field lines that a container gets for these. */
export function sent(
	peer: Peer,
	lines: readonly string[],
	rules: Partial<RequestRules> = {},
): string[] {
	const fields = parseRequestFields(head(...lines), 0);
	return containerFields(fields, peer, { ...RULES, ...rules })
		.split("\r\n")
		.slice(0, -1);
}

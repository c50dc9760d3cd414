import { parseRequestFields } from "../../src/http1/request-head.js";
import {
	outFields,
	type Peer,
	type RequestRules,
} from "../../src/routing/container-request.js";
import { head } from "../support/request-text.js";

export const FRONT: Peer = { address: "127.0.0.1", trusted: true };
export const STRANGER: Peer = { address: "192.0.2.7", trusted: false };

/** The field lines that a container gets for these. */
export function sent(
	peer: Peer,
	lines: readonly string[],
	rules: Partial<RequestRules> = {},
): string[] {
	const fields = parseRequestFields(head(...lines), 0);
	return outFields(fields, peer, { ...RULES, ...rules })
		.split("\r\n")
		.slice(0, -1);
}

const RULES: RequestRules = {
	cookie: "galaxysession",
	forwardSessionCookie: false,
	xForward: false,
};

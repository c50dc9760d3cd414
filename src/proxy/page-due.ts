import type { PageName } from "../error-pages.js";
import type { FaultCode } from "../faults.js";
import type { Field } from "../http1/fields.js";
import { LONG_WAIT_MS } from "../limits.js";
import type { Asking } from "../routing/admission.js";

/** Where a browser shows an answer to its user: the tab, or a frame of Galaxy's page. */
const SHOWN_IN = new Set(["document", "iframe", "frame"]);
/** The first of the types that a browser wants for what it shows, and for nothing that a script asks for. */
const WANTS_HTML = /^text\/html(?=[,;\t ]|$)/i;

/** Whether a person is going to look at the answer. Scripts, plugins and programs get the text. */
export function isShown({ line, block }: Asking): boolean {
	if (line.method !== "GET") return false;
	let accept = "";
	for (const { name, value } of block.fields.list) {
		if (name === "x-requested-with") return false;
		if (name === "sec-fetch-dest" && !SHOWN_IN.has(value)) return false;
		if (name === "accept" && accept === "") accept = value;
	}
	return WANTS_HTML.test(accept);
}

/** What the client says of its user's languages (RFC 9110 12.5.4); empty where it says nothing. */
export function languagesOf(fields: readonly Field[]): string {
	return fields
		.filter(({ name }) => name === "accept-language")
		.map(({ value }) => value)
		.join(",");
}

/**
 * @param hasAnswered whether the session's container has, at the place where it is expected now
 * @param waitedMs milliseconds since the session first asked for a row that is not ready
 */
export function pageOf(
	code: FaultCode,
	hasAnswered: boolean,
	waitedMs = 0,
): PageName | null {
	switch (code) {
		case "severalSessions":
			return "several-sessions";
		case "noSession":
			return "no-session";
		case "outsidePrefix":
			return "not-found";
		case "ended":
		case "contested":
			return "ended";
		case "notReady":
			return waitedMs >= LONG_WAIT_MS ? "waiting" : "starting";
		// Nobody can tell a container that starts from one that has died, but by what it did before.
		case "targetMissing":
		case "slowConnect":
			return hasAnswered ? "not-reachable" : "starting";
		case "mapUnreadable":
		case "clientLimit":
			return "unavailable";
		case "badAnswer":
		case "ownListener":
		case "targetNotAllowed":
			return "unusable";
		case "slowAnswer":
			return "slow";
		default:
			return null;
	}
}

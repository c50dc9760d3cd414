import type { Page, PageName } from "../error-pages.js";
import type { Fault, FaultCode } from "../faults.js";
import type { Field } from "../http1/fields.js";
import { LONG_WAIT_MS } from "../limits.js";
import {
	type CorsGrant,
	corsLines,
	type ParsedRequest,
} from "../routing/admission.js";

/** How an answer of the proxy's own goes out. */
export interface AnswerForm {
	/** A response to HEAD has the head alone. */
	readonly bodyless: boolean;
	/** The Connection line with CRLF, or empty. */
	readonly connection: string;
	readonly grant: CorsGrant | undefined;
	/** Stands in for the fault's text. */
	readonly page: Page | null;
	/** The page that a person would be shown, for a page that is open and waits. */
	readonly pageName?: PageName | null;
	/** Of the HTTP/1 that the request came in; absent where its head was not understood. */
	readonly minor?: number;
}

/** RFC 9110 15. node:http has them as well, but is not loaded for these: that would be a quarter of a start. */
const REASONS: Record<number, string> = {
	400: "Bad Request",
	403: "Forbidden",
	404: "Not Found",
	405: "Method Not Allowed",
	408: "Request Timeout",
	414: "URI Too Long",
	431: "Request Header Fields Too Large",
	501: "Not Implemented",
	502: "Bad Gateway",
	503: "Service Unavailable",
	504: "Gateway Timeout",
	508: "Loop Detected",
	505: "HTTP Version Not Supported",
};

const TEXT = "Content-Type: text/plain; charset=utf-8\r\n";

/** The proxy's own answer to a request that it does not carry: head and body as text (latin1). */
export function answerText(fault: Fault, form: AnswerForm): string {
	const body = form.page?.body ?? fault.text;
	const allow =
		fault.status === 405
			? "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"
			: "";
	const retry =
		fault.retryAfter === undefined
			? ""
			: `Retry-After: ${fault.retryAfter}\r\n`;
	const cors = form.grant === undefined ? "" : corsLines(form.grant);
	const vary = form.grant?.origin === undefined ? "" : "Vary: Origin\r\n";
	// RFC 9209. Through a front proxy nothing else shows in which version it asks: galaxy-proxy doctor looks at it.
	const asked =
		form.minor === undefined ? "" : `; details="HTTP/1.${form.minor}"`;
	const { pageName } = form;
	// Only of these must a waiting page learn: to the others it comes by itself, or stays as it is.
	const isTold = pageName === "ended" || pageName === "waiting";
	const page = isTold ? `; page=${pageName}` : "";
	return (
		`HTTP/1.1 ${fault.status} ${REASONS[fault.status]}\r\n` +
		`Date: ${new Date().toUTCString()}\r\n` +
		`${form.page?.lines ?? TEXT}Content-Length: ${body.length}\r\n` +
		"Cache-Control: no-store\r\n" +
		`Proxy-Status: galaxy-proxy${asked}${page}\r\n` +
		`${allow}${retry}${cors}${vary}${form.connection}\r\n` +
		(form.bodyless ? "" : body)
	);
}

/** Where a browser shows an answer to its user: the tab, or a frame of Galaxy's page. */
const SHOWN_IN = new Set(["document", "iframe", "frame"]);
/** The first of the types that a browser wants for what it shows, and for nothing that a script asks for. */
const WANTS_HTML = /^text\/html(?=[,;\t ]|$)/i;

/** Whether a person is going to look at the answer. Scripts, plugins and programs get the text. */
export function isShown({ line, block }: ParsedRequest): boolean {
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

import type {
	EnvironmentPage,
	FindPage,
	Page,
	PageName,
	ToolAddress,
	ToolPage,
} from "../error-pages.js";
import { FAULTS, type Fault, type FaultCode, REASONS } from "../faults.js";
import type { Field } from "../http1/fields.js";
import { LONG_WAIT_MS } from "../limits.js";
import { type CorsGrant, corsLines } from "../routing/admission.js";
import type { RequestHead } from "./request-reader.js";

/** The content of an answer of our own: a fault, or the redirect. */
export type OwnAnswer = Omit<Fault, "remedy">;

/** To the same path with a slash at its end. */
export const REDIRECT: OwnAnswer = { status: 307, text: "" };

/** The form of an answer of our own. */
export interface AnswerForm {
	/** Whether only the head is sent, as for HEAD. */
	readonly bodyless: boolean;
	/** The Connection line with CRLF, or empty. */
	readonly connection: string;
	readonly grant?: CorsGrant | undefined;
	/** Replaces the fault's text. */
	readonly page?: Page | undefined;
	/** The page that a person would get. Its name tells open, waiting pages to show it. */
	readonly pageName?: PageName | undefined;
	/** Whether the request is for an interactive tool. */
	readonly isTool?: boolean;
	/** Of a redirect. */
	readonly location?: string;
	/** The minor HTTP version of the request; absent if its head was not understood. */
	readonly minor?: number;
}

/** The facts that select one of a fault's pages. */
export interface PageHistory {
	/** As in Occasion. */
	readonly answeredAt: number;
	readonly waitingSince: number | undefined;
	/** As in Occasion. */
	readonly tool: ToolAddress | undefined;
}

const TEXT = "Content-Type: text/plain; charset=utf-8\r\n";

/** An answer of our own, head and body, as text (latin1). */
export function answerText(answer: OwnAnswer, form: AnswerForm): string {
	const body = form.page?.body ?? answer.text;
	const allow =
		answer.status === 405
			? "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"
			: "";
	const retry =
		answer.retryAfter === undefined
			? ""
			: `Retry-After: ${answer.retryAfter}\r\n`;
	const location =
		form.location === undefined ? "" : `Location: ${form.location}\r\n`;
	const cors = form.grant === undefined ? "" : corsLines(form.grant);
	const vary = form.grant?.origin === undefined ? "" : "Vary: Origin\r\n";
	// RFC 9209. galaxy-proxy doctor learns the HTTP version of a front proxy's requests only from this.
	const asked =
		form.minor === undefined ? "" : `; details="HTTP/1.${form.minor}"`;
	const { pageName, isTool } = form;
	// Of environments, a waiting page acts on these two only.
	const isNamed = isTool || pageName === "ended" || pageName === "waiting";
	const page = isNamed && pageName !== undefined ? `; page=${pageName}` : "";
	return (
		`HTTP/1.1 ${answer.status} ${REASONS[answer.status]}\r\n` +
		`Date: ${new Date().toUTCString()}\r\n` +
		`${form.page?.lines ?? TEXT}Content-Length: ${body.length}\r\n` +
		"Cache-Control: no-store\r\n" +
		`Proxy-Status: galaxy-proxy${asked}${page}\r\n` +
		`${location}${allow}${retry}${cors}${vary}${form.connection}\r\n` +
		(form.bodyless ? "" : body)
	);
}

/** The page that a person is shown for a fault: its name, and the page itself if a person will look at the answer. */
export function pageFor(
	findPage: FindPage,
	code: FaultCode,
	head: RequestHead,
	{ answeredAt, waitingSince, tool }: PageHistory,
): Pick<AnswerForm, "page" | "pageName" | "isTool"> {
	const waitedMs =
		waitingSince === undefined ? 0 : performance.now() - waitingSince;
	const isTool = tool !== undefined;
	const hasAnswered = answeredAt !== 0;
	const pageName = isTool
		? toolPageOf(code, hasAnswered)
		: pageOf(code, hasAnswered, waitedMs);
	if (pageName === undefined || !isShown(head)) return { pageName, isTool };
	const languages = languagesOf(head.block.fields.list);
	const { status } = FAULTS[code];
	const isWaiting = pageName === "waiting" && waitingSince !== undefined;
	const page = findPage(pageName, {
		fault: code,
		status,
		languages,
		answeredAt,
		...(isWaiting && { waitingSince }),
		...(isTool && { tool }),
	});
	return { pageName, page, isTool };
}

/** The destinations in which a browser shows an answer to its user: the tab, or a frame of Galaxy's page. */
const SHOWN_IN = new Set(["document", "iframe", "frame"]);
/** Browsers name this type first for what they show, and never for a script's request. */
const WANTS_HTML = /^text\/html(?=[,;\t ]|$)/i;

/** Whether a person will look at the answer. Scripts, plugins and programs get the text. */
function isShown({ line, block, upgrade }: RequestHead): boolean {
	if (line.method !== "GET" || upgrade !== "") return false;
	let accept = "";
	for (const { name, value } of block.fields.list) {
		if (name === "x-requested-with") return false;
		if (name === "sec-fetch-dest" && !SHOWN_IN.has(value)) return false;
		if (name === "accept" && accept === "") accept = value;
	}
	return WANTS_HTML.test(accept);
}

/** The languages of the client's user (RFC 9110 12.5.4), or empty. */
function languagesOf(fields: readonly Field[]): string {
	return fields
		.filter(({ name }) => name === "accept-language")
		.map(({ value }) => value)
		.join(",");
}

/**
 * The page of an environment.
 * @param hasAnswered whether the container of the session has ever answered at its current target
 * @param waitedMs milliseconds since the session first asked for a row that is not ready
 */
export function pageOf(
	code: FaultCode,
	hasAnswered: boolean,
	waitedMs = 0,
): EnvironmentPage | undefined {
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
		// Only an earlier answer distinguishes a container that has died from one that is starting.
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
		// The fault's text is enough: mostly programs get it.
		case "malformed":
		case "foreignOrigin":
		case "method":
		case "slowClient":
		case "longLine":
		case "largeHead":
		case "transferCoding":
		case "loop":
		case "version":
		case "askAnother":
		case "notForwarded":
		case "notSigned":
		// Only requests for tools get these.
		case "noTool":
		case "noPathPrefix":
		case "elsewhere":
		case "toolNotReady":
		case "notActive":
		case "toolStopped":
		case "notYours":
		case "notLoggedIn":
		case "ownerUnknown":
			return undefined;
	}
}

/** The page of an interactive tool. hasAnswered: as for pageOf(). */
export function toolPageOf(
	code: FaultCode,
	hasAnswered: boolean,
): ToolPage | undefined {
	switch (code) {
		case "noTool":
		case "noSession":
		case "outsidePrefix":
			return "no-tool";
		case "noPathPrefix":
			return "no-prefix";
		case "elsewhere":
			return "elsewhere";
		case "notReady":
		case "toolNotReady":
			return "not-ready";
		case "toolStopped":
			return "stopped";
		case "notYours":
			return "not-yours";
		case "notLoggedIn":
			return "not-logged-in";
		case "ownerUnknown":
			return "owner-unknown";
		// Galaxy keeps the row of a tool that has ended until it has collected the results.
		case "targetMissing":
		case "slowConnect":
			return hasAnswered ? "finishing" : "starting";
		case "notActive":
			return "starting";
		case "ended":
		case "contested":
			return "ended";
		case "mapUnreadable":
		case "clientLimit":
			return "unavailable";
		case "badAnswer":
		case "ownListener":
		case "targetNotAllowed":
			return "unusable";
		case "slowAnswer":
			return "slow";
		case "malformed":
		case "severalSessions":
		case "foreignOrigin":
		case "method":
		case "slowClient":
		case "longLine":
		case "largeHead":
		case "transferCoding":
		case "loop":
		case "version":
		case "askAnother":
			return undefined;
	}
}

import { hasLeft } from "./differences.js";
import { sessionOf } from "./forwarded.js";
import { valuesOf } from "./strict.js";
import {
	asksForTunnel,
	type ReadRequest,
	readRequest,
	wantsToGoOn,
} from "./strict-request.js";
import { readResponse } from "./strict-response.js";

/** A request that the proxy must understand. */
export interface ExpectedExchange {
	readonly request: ReadRequest;
	/** It has a session, so the container receives it; otherwise the answer is 403. */
	readonly forwards: boolean;
	/** The connection may end with it, so that the next request is lost. */
	readonly mayBeLast: boolean;
}

/** The required outcome of a client's bytes, however they are cut. */
export interface Conversation {
	readonly exchanges: readonly ExpectedExchange[];
	/** Its head is good; its body is refused or incomplete. */
	readonly begun: ExpectedExchange | null;
	/** open: more could come. */
	readonly end: "closed" | "refused" | "open" | "tunnel";
	/** The reason of a refusal. */
	readonly rule: string;
	/** The tunnel's bytes. */
	readonly rest: string;
}

/** The container agrees to upgrades at targets with these digits. */
export const AGREES = "101";

/** Bytes of a body that are read and discarded, so that the connection can stay (src/limits.ts). */
const DISCARDED_BYTES = 16 * 1024 * 1024;

export function conversationOf(
	bytes: string,
	cookie: string,
	session: string,
): Conversation {
	const exchanges: ExpectedExchange[] = [];
	const over = {
		exchanges,
		begun: null,
		end: "open",
		rule: "",
		rest: "",
	} as const;
	const expect = (request: ReadRequest): ExpectedExchange => {
		const forwards =
			sessionOf(request, cookie) === session && !isForeign(request);
		return { request, forwards, mayBeLast: !forwards && isHeavy(request) };
	};
	for (let at = 0; ; ) {
		const step = readRequest(bytes, at);
		if (step.kind === "nothing") return over;
		if (step.kind !== "message") {
			const begun = step.begun === null ? null : expect(step.begun);
			if (step.kind === "incomplete") return { ...over, begun };
			return { ...over, begun, end: "refused", rule: step.rule };
		}
		const { request } = step;
		at = step.end;
		const exchange = expect(request);
		exchanges.push(exchange);
		const isTunnel = asksForTunnel(request);
		if (exchange.forwards && isTunnel && request.target.includes(AGREES))
			return { ...over, end: "tunnel", rest: bytes.slice(at) };
		// After an upgrade that did not become a tunnel nothing is read.
		if (!wantsToGoOn(request) || hasLeft(request))
			return { ...over, end: "closed" };
	}
}

/** Whether a page of another host asks for a WebSocket, unless the front proxy hides the requested host. */
function isForeign(request: ReadRequest): boolean {
	const { authority, fields } = request;
	const [origin] = valuesOf(fields, "origin");
	if (origin === undefined || !asksForTunnel(request)) return false;
	const [host = ""] =
		authority === null ? valuesOf(fields, "host") : [authority];
	const [forwardedHost] = valuesOf(fields, "x-forwarded-host");
	if (forwardedHost === undefined)
		return !/^(localhost|\[::1\]|127\.0\.0\.1)(:\d+)?$/i.test(host);
	return !origin.endsWith(`://${forwardedHost}`);
}

/** Whether an early answer may end the connection: the client may wait for a 100, or its body is too large. */
function isHeavy({ fields, framing }: ReadRequest): boolean {
	const length = Number(valuesOf(fields, "content-length")[0] ?? 0);
	const waits = valuesOf(fields, "expect").length > 0;
	return framing !== "none" && (waits || length > DISCARDED_BYTES);
}

/** Whether the client may leave because nothing more is expected. Where the proxy must end the connection, it waits. */
export function isServed(
	{ exchanges, begun, end, rest }: Conversation,
	answer: string,
	tunnels: readonly (string | null)[],
): boolean {
	if (end === "closed" || end === "refused") return false;
	const due = exchanges.map(({ request }) => request.method === "HEAD");
	if (begun?.forwards === false) due.push(begun.request.method === "HEAD");
	let at = 0;
	for (const isHead of due) {
		const step = readResponse(answer, at, { isHead, minor: 1 }, false);
		if (step.kind !== "message") return step.kind === "bad";
		at = step.end;
	}
	if (end === "open") return true;
	return tunnels.some((tunnel) => (tunnel?.length ?? -1) >= rest.length);
}

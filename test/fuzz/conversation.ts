import { hasLeft } from "./differences.js";
import { sessionOf } from "./forwarded.js";
import { valuesOf } from "./strict.js";
import {
	asksForTunnel,
	type ReadRequest,
	readRequest,
	wantsToGoOn,
} from "./strict-request.js";

/** A request that the proxy must understand. */
export interface ExpectedExchange {
	readonly request: ReadRequest;
	/** It has a session, so the container gets it; without one the answer is 403. */
	readonly forwards: boolean;
	/** The connection may end with it, and the next request be lost. */
	readonly mayBeLast: boolean;
}

/** What a client's bytes must lead to, whatever their segments are. */
export interface Conversation {
	readonly exchanges: readonly ExpectedExchange[];
	/** Its head is good; its body is refused, or never comes. */
	readonly begun: ExpectedExchange | null;
	/** open: more could come. */
	readonly end: "closed" | "refused" | "open" | "tunnel";
	/** Why it was refused. */
	readonly rule: string;
	/** What belongs to the tunnel. */
	readonly rest: string;
}

/** The container agrees to upgrades at targets with these digits. */
export const AGREES = "101";

/** Bytes of a body that are read for nothing but the connection's sake (src/limits.ts). */
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
		// Behind an upgrade that did not become a tunnel nothing is read.
		if (!wantsToGoOn(request) || hasLeft(request))
			return { ...over, end: "closed" };
	}
}

/** Whether a page of another host asks for a WebSocket; behind a front that hides what was asked for nobody knows. */
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

/** Whether an early answer may end the connection: the body's sender may wait for a 100, or has too much to send. */
function isHeavy({ fields, framing }: ReadRequest): boolean {
	const length = Number(valuesOf(fields, "content-length")[0] ?? 0);
	const waits = valuesOf(fields, "expect").length > 0;
	return framing !== "none" && (waits || length > DISCARDED_BYTES);
}

// Imported because each request asks for the time: the global of this name is a getter.
import { performance } from "node:perf_hooks";
import type { ToolAddress } from "../error-pages.js";
import {
	COMPLETED,
	type ExchangeRecord,
	type Phase,
	type Termination,
	terminationOf,
} from "../exchange-record.js";
import { type FaultCode, faultFor, wordsOf } from "../faults.js";
import { type Body, createBody, LengthBody } from "../http1/body.js";
import type { Field } from "../http1/fields.js";
import { Refusal } from "../http1/refusal.js";
import { connectionLine } from "../http1/response-head.js";
import { DISCARDED_BYTES } from "../limits.js";
import { type Route, type ToolNeeds, UNKNOWN, UNREADABLE } from "../route.js";
import {
	checkAdmission,
	differingPorts,
	faultOf,
	isOriginUnverified,
} from "../routing/admission.js";
import { fieldName } from "../routing/boundary.js";
import {
	containerHead,
	type Peer,
	type RequestForm,
} from "../routing/container-request.js";
import { signatureProblem } from "../routing/forwarded.js";
import type { Admission } from "../tool-owners.js";
import {
	type AnswerForm,
	answerText,
	type OwnAnswer,
	pageFor,
	REDIRECT,
} from "./answers.js";
import type { Context } from "./context.js";
import type { Active, Pool, Use } from "./pool.js";
import type { RequestHead } from "./request-reader.js";
import { type ResponseClient, ResponseRelay } from "./response-relay.js";
import type { Sessions } from "./sessions.js";
import { after } from "./socket.js";
import { Tunnel, type TunnelClient } from "./tunnel.js";
import type { Upstream, UpstreamUser } from "./upstream.js";
import { UpstreamError } from "./upstream-error.js";

const NOTHING = Buffer.alloc(0);
/** How many different session cookies of one request are looked up: a browser has one, or two if a page has planted one. */
const COOKIES_TRIED = 8;
const REFUSED = terminationOf("proxy", "request");
const BAD_RESPONSE = terminationOf("proxy", "head");
const SLOW_BODY = terminationOf("clientTimeout", "request");
const STALLED = terminationOf("clientTimeout", "data");
const WITHDRAWN = terminationOf("daemon", "head");
const DEFECT = terminationOf("defect", "none");

/** A client's connection as an exchange uses it. The connection stays the owner of its socket. */
export interface ExchangeClient extends ResponseClient, TunnelClient {
	readonly peer: Peer;
	/** Whether it takes no more writes until onClientDrain. */
	readonly isFull: boolean;
	/** Whether bytes after this request have arrived: its body, or the next request. */
	readonly hasNext: boolean;
	/** @returns false if the session has its share already; otherwise this connection counts towards it from now on */
	carryFor(sessionKey: string): boolean;
	/** The exchange is over: the next request may come, or the connection ends in good order. now: performance.now(). */
	finish(persistent: boolean, now?: number): void;
}

/**
 * routing: looks up the route. connecting: waits for the upstream connection. sending: the request body is not complete.
 * waiting: for the response head. answering: the response passes. discarding: the record is handed over, and the rest of
 * the request body is read and thrown away. over: the record is handed over, or belongs to a tunnel.
 */
type ExchangeState =
	| "routing"
	| "connecting"
	| "sending"
	| "waiting"
	| "answering"
	| "discarding"
	| "over";

/** The phase in which an exchange ends, by its state. */
const PHASE_OF: Record<ExchangeState, Phase> = {
	routing: "connect",
	connecting: "connect",
	sending: "request",
	waiting: "head",
	answering: "data",
	discarding: "none",
	over: "none",
};

// Longer than 300 lines: one exchange is read from top to bottom in one place.
/**
 * One request and its response: admission, route, upstream connection, request, response, and at the end one record. It
 * owns its upstream connection from acquire() until that is released, destroyed or taken over by a tunnel; it never owns
 * the client's socket.
 */
export class Exchange implements UpstreamUser, Active {
	readonly kind = "exchange";
	index = -1;
	readonly #context: Context;
	readonly #sessions: Sessions;
	readonly #client: ExchangeClient;
	readonly #head: RequestHead;
	readonly #body: Body | undefined;
	readonly #response: ResponseRelay;
	readonly record: ExchangeRecord;
	admission: Admission | undefined;
	#state: ExchangeState = "routing";
	#pool: Pool | undefined;
	#upstream: Upstream | undefined;
	#isRetry = false;
	/** The needs of a tool, from its row. */
	#needs: ToolNeeds | undefined;
	/** When the session first asked for a row that is not ready, as in Occasion; undefined if the row is ready. */
	#waitingSince: number | undefined;
	/** Body bytes that came before the upstream connection was open. */
	#earlyBytes: Buffer = NOTHING;
	#discardedBytes = 0;

	constructor(
		context: Context,
		sessions: Sessions,
		client: ExchangeClient,
		head: RequestHead,
	) {
		this.#context = context;
		this.#sessions = sessions;
		this.#client = client;
		this.#head = head;
		const { line, block, path } = head;
		const { chunked, length } = block.fields;
		const { withholdsTrailer } = context.options.boundary;
		const isByPath = chunked && head.named.tool?.by === "path";
		this.#body = createBody(
			chunked,
			length,
			isByPath
				? (field) => withholdsTrailer(field) || this.#mayBeOwnField(field)
				: withholdsTrailer,
		);
		const { sessionKey } = head.named;
		this.record = newRecord(line.method, path, sessionKey, this.#isUpgrade);
		this.#response = new ResponseRelay(client, context, head, this);
	}

	// ---- admission and route

	/** sincePoll: as in route.ts. */
	begin(sincePoll: boolean): void {
		const { options } = this.#context;
		const refusal = checkAdmission(this.#head, this.#isUpgrade, options);
		if (refusal !== undefined) {
			if (refusal === "noPathPrefix") this.#context.onMissingPathPrefix?.();
			this.#refuse(refusal, wordsOf(refusal));
			return;
		}
		const problem = this.#signatureProblem;
		if (problem !== undefined) {
			this.#refuse("notSigned", problem);
			return;
		}
		if (this.#isUpgrade && isOriginUnverified(this.#head, options))
			this.#context.onUnverifiedOrigin?.();
		const others = this.#head.named.otherKeys.length;
		if (others >= COOKIES_TRIED)
			this.#refuse("severalSessions", "cookies of many sessions");
		else if (others > 0) this.#findOnlyRoute();
		else this.#findRoute(sincePoll);
	}

	/** Why the inner end of a double proxy does not obey the request. */
	get #signatureProblem(): string | undefined {
		const { forwardSecret, isInner } = this.#context.options;
		if (forwardSecret === undefined || !isInner) return undefined;
		const { line, block } = this.#head;
		return signatureProblem(line, block.fields.list, forwardSecret);
	}

	/** Galaxy reads the last of several session cookies. If two sessions are known, neither is guessed. */
	#findOnlyRoute(): void {
		const { otherKeys, sessionKey } = this.#head.named;
		const { find } = this.#context;
		const found = [sessionKey, ...otherKeys].map((key) => find(key));
		if (found.every(isRoute)) this.#followOnly(found);
		else
			void Promise.all(found).then((late) =>
				this.#goOn(() => this.#followOnly(late)),
			);
	}

	/** routes: the last cookie's is the first. */
	#followOnly(routes: readonly Route[]): void {
		const [route = UNKNOWN] = routes;
		if (routes.filter(({ kind }) => isKnown(kind)).length > 1)
			this.#refuse("severalSessions", "cookies of several sessions");
		else if (routes.some(({ kind }) => kind === "unreadable"))
			this.#follow(UNREADABLE);
		else this.#follow(route);
	}

	#findRoute(sincePoll: boolean): void {
		const key = this.#head.named.sessionKey;
		const { find, findLast } = this.#context;
		let route: Route | Promise<Route>;
		if (!this.#missesMap) route = find(key, sincePoll);
		else if (this.#isForAnother) route = UNREADABLE;
		else route = findLast?.(key) ?? UNREADABLE;
		if (route instanceof Promise)
			void route.then((late) => this.#goOn(() => this.#follow(late)));
		else this.#follow(route);
	}

	/**
	 * Whether the map cannot be read, and the front proxy has other daemons to ask: then the request does not wait for the map
	 * here. It can be sent again only if it has no body.
	 */
	get #missesMap(): boolean {
		const { line, block } = this.#head;
		if (block.fields.ifMapUnreadable === undefined) return false;
		const isRead = line.method === "GET" || line.method === "HEAD";
		if (!isRead || this.#body !== undefined) return false;
		return this.#context.isMapReadable?.() === false;
	}

	/** Whether the front proxy then asks another daemon, which may be able to read the map. */
	get #isForAnother(): boolean {
		return this.#head.block.fields.ifMapUnreadable === "421";
	}

	/** The next step after a wait, unless the exchange is over by now. */
	#goOn(step: () => void): void {
		if (this.#isOver) return;
		try {
			step();
		} catch (error) {
			this.onDefect(error);
		}
	}

	#follow(route: Route): void {
		const { sessionKey, tool } = this.#head.named;
		if (this.#missesMap && this.#isForAnother) {
			this.#refuse("askAnother", "the session map cannot be read");
			return;
		}
		const { waiting } = this.#sessions;
		if (isKnown(route.kind) && !this.#client.carryFor(sessionKey)) {
			this.#refuse("clientLimit", "half of --max-clients, by one session");
			return;
		}
		if (route.kind === "not-ready")
			this.#waitingSince = waiting.since(sessionKey, route.launch ?? "");
		else waiting.end(sessionKey);
		const { options, owners } = this.#context;
		if (route.kind === "unknown") owners?.forget(sessionKey);
		if (tool !== undefined && !isKnown(route.kind)) this.record.path = UNTOLD;
		if (route.kind !== "target") {
			const code = faultOf(route.kind, options.mode);
			this.#refuse(code, wordsOf(code));
			return;
		}
		if (options.checkOwner && this.admission === undefined) {
			if (tool?.by === "path") {
				this.#askOwner(route);
				return;
			}
			// By host it would be open to everybody, since the browser sends no session cookie there.
			if (needsItsPath(route.tool)) {
				this.#refuse("noTool", "a tool by path, asked for by host");
				return;
			}
		}
		if (tool !== undefined) this.#needs = route.tool;
		if (tool?.lacksSlash && this.#mayRedirect) {
			this.#redirect(`${tool.base}${tool.rest}`);
			return;
		}
		const pool = this.#sessions.poolFor(sessionKey, route.target);
		this.#pool = pool;
		this.record.target = pool.authority;
		pool.enter(this);
		this.#connect(pool);
	}

	/** The tool gets no byte before Galaxy has admitted the user. */
	#askOwner(route: Route): void {
		const { named, block } = this.#head;
		const { owners } = this.#context;
		const { peer } = this.#client;
		const { sessionKey } = named;
		const found = owners?.check({ sessionKey, block, peer }) ?? "ownerUnknown";
		if (found instanceof Promise)
			// The route is looked up again, because the row may be gone by then.
			void found.then((late) =>
				this.#goOn(() => this.#letIn(late, () => this.#findRoute(false))),
			);
		else this.#letIn(found, () => this.#follow(route));
	}

	#letIn(found: Admission | FaultCode, goOn: () => void): void {
		if (typeof found === "string") this.#refuse(found, wordsOf(found));
		else {
			this.admission = found;
			goOn();
		}
	}

	/** Whether a trailer field may be taken for the one that tells the tool its path. */
	#mayBeOwnField({ name }: Field): boolean {
		if (this.#state === "routing") return true;
		const own = this.#needs?.pathHeader;
		return own !== undefined && fieldName(name) === fieldName(own);
	}

	/** Behind a path without a slash at its end, relative links of the page would lead out of the tool's path. */
	get #mayRedirect(): boolean {
		const { method } = this.#head.line;
		const isRead = method === "GET" || method === "HEAD";
		return isRead && !this.#isUpgrade && this.#needs?.pathInUrl !== true;
	}

	// ---- upstream connection and request

	#connect(pool: Pool): void {
		this.#state = "connecting";
		const upstream = pool.acquire(this, this.#use);
		if (this.#isOver) return;
		this.#upstream = upstream;
		if (upstream.isConnected) this.onConnected();
	}

	/** Sends the head, with the body bytes that are here, and reads the client again. */
	onConnected(): void {
		const upstream = this.#upstream;
		if (upstream === undefined) return;
		if (!upstream.isReused) this.record.connectMs = upstream.connectMs;
		const head = this.#headFor(upstream.isLastUse);
		upstream.writeFirst(head, this.#earlyBytes);
		this.#earlyBytes = NOTHING;
		if (!upstream.isBehind) this.#client.releaseRead();
		this.#state = this.wantsBody ? "sending" : "waiting";
		if (this.wantsBody) this.#client.resume();
		this.#awaitResponse(upstream);
	}

	#headFor(closing: boolean): Buffer {
		const { target } = this.record;
		const needs = this.#needs;
		const { sent, upgrade } = this.#head;
		const isSame = sent?.target === target && sent.closing === closing;
		if (isSame && sent.needs === needs) return sent.bytes;
		const forwarded = this.#forwarded;
		const form = { target, closing, upgrade, needs, forwarded };
		const { peer } = this.#client;
		const text = containerHead(this.#head, form, peer, this.#context.options);
		const bytes = Buffer.from(text, "latin1");
		// A signature holds for a minute.
		if (forwarded?.secret === undefined)
			this.#head.sent = { target, closing, needs, bytes };
		return bytes;
	}

	/** What the inner end of a double proxy must know. */
	get #forwarded(): RequestForm["forwarded"] {
		const { isOuter, forwardSecret: secret } = this.#context.options;
		const target = this.#pool?.target;
		return isOuter && target ? { target, secret } : undefined;
	}

	/** The container's time to answer runs from the moment when the request is complete. */
	#awaitResponse(upstream: Upstream): void {
		if (upstream.isFull) upstream.deadline = this.#context.progress.firstLook();
		else if (this.#state === "waiting")
			upstream.deadline = after(this.#context.options.responseTimeoutMs);
	}

	get #isUpgrade(): boolean {
		return this.#head.upgrade !== "";
	}

	/**
	 * Only plain GETs share a connection. After other requests it is in doubt, and before them too: a container that
	 * refuses a body in two writes may lose the second one if the connection was used before.
	 */
	get #use(): Use {
		if (this.#isUpgrade || this.#isRetry) return "new";
		return this.#isPlainGet ? "shared" : "only";
	}

	/** Whether its connection may carry another request: servers leave bodies unread, or answer HEAD with one. */
	get #isPlainGet(): boolean {
		const isGet = this.#head.line.method === "GET";
		return isGet && this.#body === undefined && !this.#isUpgrade;
	}

	/** Whether the end of the response is beyond doubt: it has a length or chunks, and no interim response came first. */
	get #isFramed(): boolean {
		const { head, interimHeads } = this.#response;
		if (head === undefined || interimHeads > 0) return false;
		const { status, chunked, length } = head;
		return status !== 204 && status !== 304 && (chunked || length >= 0);
	}

	/** Whether bytes of the request body have not arrived yet. */
	get wantsBody(): boolean {
		return this.#body !== undefined && !this.#body.isDone;
	}

	/** Whether the client has said that this is its last request. Some send an empty line after a body (RFC 9112 2.2). */
	get isLast(): boolean {
		return !this.#head.keepAlive && this.#body === undefined;
	}

	/** Sends the bytes of the request body to the container, or keeps them until it is connected. @returns the rest */
	takeBody(input: Buffer): Buffer {
		const body = this.#body;
		if (body === undefined) return input;
		let end: number;
		try {
			end = body.take(input, 0, input.length);
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
			this.#fail(error.code, REFUSED, error.rule);
			return NOTHING;
		}
		if (this.#state === "discarding") this.#discard(end);
		else {
			this.record.bytesFromClient += end;
			this.#sendBody(withTail(input.subarray(0, body.passed), body.tail));
		}
		return end === input.length ? NOTHING : input.subarray(end);
	}

	#sendBody(bytes: Buffer): void {
		const upstream = this.#upstream;
		if (upstream === undefined || !upstream.isConnected) {
			const early = this.#earlyBytes;
			this.#earlyBytes =
				early.length === 0 ? bytes : Buffer.concat([early, bytes]);
			this.#client.keepRead();
			if (this.wantsBody) this.#client.pause();
			return;
		}
		if (!upstream.write(bytes) && this.wantsBody) this.#client.pause();
		if (upstream.isBehind) this.#client.keepRead();
		if (this.#state === "sending" && !this.wantsBody) this.#state = "waiting";
		this.#awaitResponse(upstream);
	}

	#discard(bytes: number): void {
		this.#discardedBytes += bytes;
		if (!this.wantsBody) this.#client.finish(this.#response.persistent);
		else if (this.#isBodyTooLarge) this.#client.finish(false);
	}

	/** Whether the rest of the body is more than is thrown away to keep a connection. */
	get #isBodyTooLarge(): boolean {
		const body = this.#body;
		return (
			this.#discardedBytes > DISCARDED_BYTES ||
			(body instanceof LengthBody && body.remaining > DISCARDED_BYTES)
		);
	}

	/** The container has taken all written bytes. */
	onDrain(): void {
		const upstream = this.#upstream;
		if (upstream === undefined) return;
		upstream.deadline = Number.POSITIVE_INFINITY;
		this.#client.releaseRead();
		this.#client.resume();
		this.#awaitResponse(upstream);
	}

	// ---- response

	onBytes(bytes: Buffer): void {
		const upstream = this.#upstream;
		const response = this.#response;
		if (upstream === undefined) return;
		let rest: Buffer;
		try {
			rest = response.take(upstream, bytes);
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
			this.#fail("badAnswer", BAD_RESPONSE, error.rule);
			return;
		}
		if (response.head !== undefined) {
			this.#state = "answering";
			if (!response.head.persistent) upstream.isLastUse = true;
			if (!this.wantsBody) upstream.deadline = Number.POSITIVE_INFINITY;
		}
		switch (response.state) {
			case "switched":
				this.#becomeTunnel(upstream, rest);
				break;
			case "done":
				this.#complete(rest.length === 0);
				break;
			case "none":
			case "interim":
			case "head":
			case "body":
				if (this.#client.isFull) upstream.pause();
				break;
			default:
				response.state satisfies never;
		}
	}

	onClientDrain(): void {
		this.#upstream?.buffer.release();
		this.#upstream?.resume();
	}

	/** From here on the tunnel owns the upstream connection. */
	#becomeTunnel(upstream: Upstream, rest: Buffer): void {
		const pool = this.#pool;
		if (pool === undefined) return;
		this.#state = "over";
		this.#reportCommands();
		this.record.status = 101;
		pool.leave(this, true, performance.now());
		const container = { upstream, pool };
		new Tunnel(this.#context, this.#client, container, this).start(rest);
	}

	/** isClean: no bytes came after the response. */
	#complete(isClean: boolean): void {
		const upstream = this.#upstream;
		const { head } = this.#response;
		const now = performance.now();
		const mayRelease =
			upstream?.isLastUse || (this.#isPlainGet && this.#isFramed);
		if (upstream && isClean && !this.wantsBody && head && mayRelease) {
			this.#upstream = undefined;
			this.#pool?.release(upstream, head.keepAliveTimeout, now);
		}
		this.#settle(COMPLETED, "", now);
		this.#freeClient(now);
	}

	/** The next request may come, once the rest of this one's body is thrown away. */
	#freeClient(now?: number): void {
		const { persistent } = this.#response;
		if (this.wantsBody && persistent) {
			this.#state = "discarding";
			this.#client.resume();
		} else this.#client.finish(persistent, now);
	}

	/**
	 * Whether the client's connection can carry another request. RFC 9110 10.1.1: a client that waits for 100 and gets a
	 * final response may or may not send its body, and its next bytes do not show whether it does.
	 */
	mayPersist(): boolean {
		const { block, keepAlive } = this.#head;
		const { upgrade, connection, expectsContinue } = block.fields;
		// A front proxy that turns such a connection into a tunnel would pass on the bytes after the answer unchecked.
		const asksForUpgrade = upgrade !== "" && connection.includes("upgrade");
		if (!keepAlive || asksForUpgrade) return false;
		// Requests that were sent together are all answered, and the last answer says close.
		const { isDraining } = this.#context;
		if (isDraining && (this.wantsBody || !this.#client.hasNext)) return false;
		if (!this.wantsBody) return true;
		const mayOmitBody =
			expectsContinue &&
			!this.#response.passedContinue &&
			this.record.bytesFromClient === 0;
		return !mayOmitBody && !this.#isBodyTooLarge;
	}

	// ---- other ends

	onEnd(): void {
		if (this.#response.end()) this.#complete(false);
		else this.onLost(new UpstreamError("lost", "closed by the container"));
	}

	/**
	 * A container that closes without reading a request's body resets the connection: that ends a response without a length.
	 * If a pooled connection dies, its request, a plain GET, is sent once more. The map is asked again: the container may be
	 * dead, and its port may belong to another session by now.
	 */
	onLost(error: UpstreamError): void {
		if (this.#body !== undefined && error.isReset && this.#response.end()) {
			this.#complete(false);
			return;
		}
		const pool = this.#pool;
		const upstream = this.#upstream;
		this.#upstream = undefined;
		upstream?.destroy();
		const hasDied = upstream?.isReused === true && error.failure === "lost";
		const isUntouched = this.#response.state === "none" && !this.#isRetry;
		if (hasDied && isUntouched && pool !== undefined) {
			this.#isRetry = true;
			this.#state = "routing";
			pool.leave(this, false, performance.now());
			this.#findRoute(false);
			return;
		}
		this.#fail(error.fault, error.termination, error.cause);
	}

	onSlowBody(): void {
		this.#fail("slowClient", SLOW_BODY, "request body too slow");
	}

	onClientStalled(): void {
		this.#settle(STALLED, "the client does not read");
		this.#client.abort(true);
	}

	onClientGone(): void {
		this.#settle(terminationOf("client", PHASE_OF[this.#state]), "client gone");
	}

	onWithdrawn(reason: string, code: FaultCode): void {
		this.#fail(code, WITHDRAWN, reason);
	}

	onStopped(reason: string): void {
		const { isHeadSent, showsCut } = this.#response;
		this.#settle(terminationOf("daemon", PHASE_OF[this.#state]), reason);
		this.#client.abort(isHeadSent && !showsCut);
	}

	onDefect(error: unknown): void {
		this.#context.internalFault(error);
		this.#settle(DEFECT, "internal fault");
		this.#client.abort(true);
	}

	/** Before the response has begun the client gets an answer; later it must see that the response is cut short. */
	#fail(code: FaultCode, termination: Termination, cause: string): void {
		if (this.#isOver) this.#client.finish(false);
		else if (!this.#response.isHeadSent) this.#refuse(code, cause, termination);
		else {
			this.record.fault = code;
			this.#settle(terminationOf(termination.by, "data"), cause);
			if (this.#response.showsCut) this.#client.finish(false);
			else this.#client.abort(true);
		}
	}

	/** Answers the request with a fault. */
	#refuse(code: FaultCode, cause: string, termination = REFUSED): void {
		this.record.fault = code;
		const tool = this.#toolAddress(code);
		const page = pageFor(this.#context.page, code, this.#head, {
			answeredAt: this.#pool?.target.answeredAt ?? 0,
			waitingSince: this.#waitingSince,
			tool,
		});
		const fault = faultFor(code, tool !== undefined);
		const text = code === "notSigned" ? `${fault.text} ${cause}\n` : fault.text;
		// Other origins learn nothing of a tool that they cannot reach.
		const parts = tool === undefined ? page : { ...page, grant: undefined };
		this.#answer({ ...fault, text }, parts);
		this.#settle(termination, cause);
		this.#freeClient();
	}

	#redirect(location: string): void {
		this.#answer(REDIRECT, { location });
		this.#settle(COMPLETED, "");
		this.#freeClient();
	}

	/** Writes an answer of our own; its exchange must end then. */
	#answer(answer: OwnAnswer, parts: Partial<AnswerForm>): void {
		const { method, minor } = this.#head.line;
		const response = this.#response;
		response.persistent =
			!answer.close && !this.#isUpgrade && this.mayPersist();
		this.record.status = answer.status;
		const text = answerText(answer, {
			bodyless: method === "HEAD",
			connection: connectionLine(response.persistent, minor),
			grant: response.grant,
			minor,
			...parts,
		});
		this.#client.write(text);
	}

	/** How the request names a tool, for the answer with this fault; undefined: it is for an environment. */
	#toolAddress(code: FaultCode): ToolAddress | undefined {
		if (this.#context.options.mode !== "gxit") return undefined;
		return code === "noPathPrefix"
			? "path"
			: (this.#head.named.tool?.by ?? "host");
	}

	get #isOver(): boolean {
		return this.#state === "over" || this.#state === "discarding";
	}

	/** Hands over the record, once, and releases everything but the client. */
	#settle(
		termination: Termination,
		cause: string,
		now = performance.now(),
	): void {
		if (this.#isOver) return;
		this.#state = "over";
		this.#upstream?.destroy();
		this.#upstream = undefined;
		const { record } = this;
		const response = this.#response;
		record.endedAt = now;
		this.#pool?.leave(this, response.head !== undefined, now);
		if (response.isHeadSent && response.head !== undefined)
			record.status = response.head.status;
		record.termination = termination;
		record.cause = cause;
		this.#reportCommands();
		if (this.#isUpgrade) this.#reportPortRefused();
		this.#context.observe(record);
	}

	/** Jupyter, Streamlit and others refuse WebSockets of pages whose origin is not the Host that they see. */
	#reportPortRefused(): void {
		const { options, onPortRefused } = this.#context;
		// The outer end of a double proxy reports it: there the session is a tool.
		if (this.#response.head?.status !== 403 || options.isInner) return;
		const ports = differingPorts(this.#head);
		if (ports) onPortRefused?.(this.record.sessionKey, ports);
	}

	#reportCommands(): void {
		const { commands } = this.#response;
		if (commands.length > 0)
			this.#context.onFrontCommands?.(this.record.sessionKey, commands);
	}
}

function isRoute(found: Route | Promise<Route>): found is Route {
	return !(found instanceof Promise);
}

function needsItsPath(needs: ToolNeeds | undefined): boolean {
	return (
		needs !== undefined && (needs.pathInUrl || needs.pathHeader !== undefined)
	);
}

/** The path in the log where no tool was found: in a mistyped URL, a token may be in any place. */
const UNTOLD = "/...";

/** Whether the map has the session. */
function isKnown(kind: Route["kind"]): boolean {
	return kind !== "unknown" && kind !== "unreadable";
}

function withTail(bytes: Buffer, tail: string): Buffer {
	return tail === ""
		? bytes
		: Buffer.concat([bytes, Buffer.from(tail, "latin1")]);
}

/** The record of a request that has just begun; its end fills in the rest. */
export function newRecord(
	method: string,
	path: string,
	sessionKey: string,
	upgrade: boolean,
): ExchangeRecord {
	const now = performance.now();
	return {
		method,
		path,
		sessionKey,
		target: "",
		status: 0,
		upgrade,
		startedAt: now,
		endedAt: now,
		connectMs: -1,
		bytesFromClient: 0,
		bytesToClient: 0,
		termination: COMPLETED,
		fault: undefined,
		cause: "",
	};
}

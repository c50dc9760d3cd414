import { performance } from "node:perf_hooks";
import type { Page, PageName } from "../error-pages.js";
import {
	COMPLETED,
	type ExchangeRecord,
	newRecord,
	type Phase,
	type Termination,
	terminationOf,
} from "../exchange-record.js";
import { FAULTS, type FaultCode, wordsOf } from "../faults.js";
import { Refusal } from "../http1/refusal.js";
import { connectionLine } from "../http1/response-head.js";
import { type Route, UNKNOWN, UNREADABLE } from "../route.js";
import {
	checkAdmission,
	faultOf,
	isOriginUnverified,
} from "../routing/admission.js";
import { containerHead } from "../routing/container-request.js";
import { answerText, isShown, languagesOf, pageOf } from "./answers.js";
import type { ClientSide } from "./client-side.js";
import type { Context } from "./context.js";

import type { Active, Pool } from "./pool.js";
import type { RequestHead } from "./request-reader.js";
import { RequestRelay } from "./request-relay.js";
import { ResponseRelay } from "./response-relay.js";
import type { Sessions } from "./sessions.js";
import { after } from "./socket.js";
import { Tunnel } from "./tunnel.js";
import type { Upstream, UpstreamUser } from "./upstream.js";
import { UpstreamError } from "./upstream-error.js";

const NOTHING = Buffer.alloc(0);
/** Different session cookies of one request that are looked up: a browser has one, or two where a page has planted one. */
const COOKIES_TRIED = 8;

/** Whether the map has the session. */
function isKnown(kind: Route["kind"]): boolean {
	return kind !== "unknown" && kind !== "unreadable";
}

// Over the house's 250 lines: the way of one exchange is read in one place, from its first step to its last.
/**
 * One request on its way: who asks, which container, what goes out, what comes back, and at the end one record. It owns
 * its upstream connection from acquire() until that is released, destroyed or taken over by a tunnel; the client's
 * socket is never its own.
 */
export class Exchange implements UpstreamUser, Active {
	place = -1;
	private readonly record: ExchangeRecord;
	private readonly sent: RequestRelay;
	private readonly answered: ResponseRelay;
	private pool: Pool | null = null;
	private upstream: Upstream | null = null;
	private reused = false;
	private retried = false;
	/** Since when its session has asked for a row that is not ready; undefined where its row is. As in Occasion. */
	private waitingSince: number | undefined;
	/** The record is made: nothing more of this exchange but the rest of its body. */
	private over = false;

	constructor(
		private readonly context: Context,
		private readonly sessions: Sessions,
		private readonly client: ClientSide,
		private readonly head: RequestHead,
	) {
		this.sent = new RequestRelay(context, client, head);
		this.answered = new ResponseRelay(client, this.sent, context.options);
		this.record = newRecord(
			head.line.method,
			head.path,
			head.block.sessionKey,
			this.sent.isUpgrade,
		);
	}

	// ---- the way of the request

	/** Who asks, and may they? Then: which container, now? sincePoll: as in route.ts. */
	begin(sincePoll: boolean): void {
		const refusal = checkAdmission(
			this.head,
			this.sent.isUpgrade,
			this.context.options,
		);
		if (refusal !== undefined) {
			this.refuse(refusal, terminationOf("proxy", "request"), wordsOf(refusal));
			return;
		}
		const isUnjudgedUpgrade =
			this.sent.isUpgrade &&
			isOriginUnverified(this.head, this.context.options);
		if (isUnjudgedUpgrade) this.context.onUnjudgedOrigin?.();
		const others = this.head.block.otherKeys.length;
		if (others >= COOKIES_TRIED)
			this.refuse(
				"severalSessions",
				terminationOf("proxy", "request"),
				"cookies of many sessions",
			);
		else if (others > 0) void this.findOnlyOne();
		else this.find(sincePoll);
	}

	/** Of several sessions' cookies Galaxy reads the last; where two sessions are known, neither is guessed. */
	private async findOnlyOne(): Promise<void> {
		const { otherKeys, sessionKey } = this.head.block;
		const keys = [sessionKey, ...otherKeys];
		const routes = await Promise.all(keys.map((key) => this.context.find(key)));
		if (this.over) return;
		try {
			const known = routes.filter(({ kind }) => isKnown(kind));
			const [route = UNKNOWN] = routes;
			if (known.length > 1)
				this.refuse(
					"severalSessions",
					terminationOf("proxy", "request"),
					"cookies of several sessions",
				);
			else if (routes.some(({ kind }) => kind === "unreadable"))
				this.proceed(UNREADABLE);
			else this.proceed(route);
		} catch (error) {
			this.fault(error);
		}
	}

	private find(sincePoll: boolean): void {
		const key = this.head.block.sessionKey;
		const route = this.context.find(key, sincePoll);
		if (route instanceof Promise)
			void route.then((late) => this.proceedLate(late));
		else this.proceed(route);
	}

	private proceedLate(route: Route): void {
		if (this.over) return;
		try {
			this.proceed(route);
		} catch (error) {
			this.fault(error);
		}
	}

	private proceed(route: Route): void {
		const { sessionKey } = this.head.block;
		const { waiting } = this.sessions;
		if (isKnown(route.kind) && !this.client.carryFor(sessionKey)) {
			this.refuse(
				"clientLimit",
				terminationOf("proxy", "request"),
				"half of --max-clients, by one session",
			);
			return;
		}
		if (route.kind === "not-ready")
			this.waitingSince = waiting.since(sessionKey, route.launch ?? "");
		else waiting.end(sessionKey);
		if (route.kind !== "target") {
			const code = faultOf(route.kind);
			this.refuse(code, terminationOf("proxy", "request"), wordsOf(code));
			return;
		}
		const { target } = route;
		this.pool = this.sessions.poolFor(sessionKey, target);
		this.record.target = this.pool.authority;
		this.pool.enter(this);
		this.connect(this.pool, this.sent.isUpgrade || this.retried);
	}

	private connect(pool: Pool, fresh: boolean): void {
		const upstream = pool.acquire(this, {
			fresh,
			repeatable: this.sent.isRepeatable,
		});
		if (this.over) return;
		this.upstream = upstream;
		this.reused = upstream.isReused;
		if (upstream.isConnected) this.onConnected();
	}

	/** The head goes out, with what of the body is here. */
	onConnected(): void {
		const { upstream } = this;
		if (upstream === null) return;
		if (!this.reused) this.record.connectMs = upstream.connectMs;
		this.sent.begin(upstream, this.outHead(upstream.isLastUse));
		this.awaitResponse(upstream);
	}

	private outHead(closing: boolean): Buffer {
		const { head, client, context } = this;
		const { target } = this.record;
		const { sent, upgrade } = head;
		if (sent?.target === target && sent.closing === closing) return sent.bytes;
		const way = { target, closing, upgrade };
		const text = containerHead(head, way, client.peer, context.options);
		const bytes = Buffer.from(text, "latin1");
		head.sent = { target, closing, bytes };
		return bytes;
	}

	/** From when the request is out. */
	private awaitResponse(upstream: Upstream): void {
		if (this.sent.isOpen || this.answered.head !== null) return;
		upstream.deadline = after(this.context.options.responseTimeoutMs);
	}

	get wantsBody(): boolean {
		return this.sent.isOpen;
	}

	/** Whether its client said that it sends no other. Behind a body some send an empty line (RFC 9112 2.2). */
	get isLast(): boolean {
		return !this.head.keepAlive && !this.sent.hasBody;
	}

	/** Takes what of the client's bytes belongs to this request. @returns the rest */
	takeBody(input: Buffer): Buffer {
		try {
			const rest = this.sent.take(input, this.upstream);
			if (this.over) this.afterDiscard();
			else if (this.upstream?.isConnected && !this.upstream.isFull)
				this.awaitResponse(this.upstream);
			return rest;
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
			this.fail(error.code, terminationOf("proxy", "request"), error.rule);
			return NOTHING;
		}
	}

	private afterDiscard(): void {
		if (!this.sent.isOpen) this.client.finish(this.answered.persistent);
		else if (this.sent.isTooMuch) this.client.finish(false);
	}

	/** The container took what was written. */
	onDrain(): void {
		const { upstream } = this;
		if (upstream === null) return;
		upstream.deadline = Number.POSITIVE_INFINITY;
		this.client.releaseRead();
		this.client.resume();
		this.awaitResponse(upstream);
	}

	// ---- what comes back

	onBytes(bytes: Buffer): void {
		const { upstream, answered } = this;
		if (upstream === null) return;
		let rest: Buffer;
		try {
			rest = answered.take(upstream, bytes);
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
			this.fail("badAnswer", terminationOf("proxy", "head"), error.rule);
			return;
		}
		if (answered.head !== null && !this.sent.isOpen)
			upstream.deadline = Number.POSITIVE_INFINITY;
		if (answered.switched) this.becomeTunnel(upstream, rest);
		else if (answered.done) this.complete(rest.length === 0);
		else if (this.client.isFull) upstream.pause();
	}

	onClientDrain(): void {
		this.upstream?.buffer.release();
		this.upstream?.resume();
	}

	private becomeTunnel(upstream: Upstream, rest: Buffer): void {
		const { context, client, pool, record } = this;
		if (pool === null) return;
		this.over = true;
		this.reportCommands();
		record.status = 101;
		pool.leave(this, true, performance.now());
		new Tunnel(context, client, { upstream, pool }, record).start(rest);
	}

	/** clean: nothing came behind the response. */
	private complete(clean: boolean): void {
		const { upstream, answered } = this;
		const { head } = answered;
		const now = performance.now();
		if (upstream !== null && clean && !this.sent.isOpen && head !== null) {
			if (!head.persistent) upstream.isLastUse = true;
			this.upstream = null;
			this.pool?.release(upstream, head.keepAliveTimeout, now);
		}
		this.settle(COMPLETED, "", now);
		this.freeClient(now);
	}

	/** The next request may come, once the rest of this one's body was thrown away. */
	private freeClient(now?: number): void {
		if (this.sent.isOpen && this.answered.persistent) {
			this.sent.discarding = true;
			this.client.resume();
		} else this.client.finish(this.answered.persistent, now);
	}

	onEnd(): void {
		if (this.answered.end()) this.complete(false);
		else this.onLost(new UpstreamError("lost", "closed by the container"));
	}

	/**
	 * Once, and only where nothing can have happened twice, a pooled connection's death is not the end. The map is asked
	 * again: the container may be dead, and its port another session's by now.
	 */
	onLost(error: UpstreamError): void {
		const { pool, upstream } = this;
		this.upstream = null;
		upstream?.destroy();
		const died = this.reused && error.failure === "lost";
		const untouched = died && !this.answered.begun && !this.retried;
		if (untouched && this.sent.isRepeatable && pool !== null) {
			this.retried = true;
			pool.leave(this, false, performance.now());
			this.find(false);
			return;
		}
		this.fail(error.fault, error.termination, error.cause);
	}

	// ---- how it ends otherwise

	/** Before the response has begun the client is answered; later it must see that the response is cut short. */
	private fail(code: FaultCode, termination: Termination, cause: string): void {
		if (this.over) this.client.finish(false);
		else if (!this.answered.headSent) this.refuse(code, termination, cause);
		else {
			this.record.fault = code;
			this.settle(terminationOf(termination.by, "data"), cause);
			if (this.answered.showsCut) this.client.finish(false);
			else this.client.abort(true);
		}
	}

	private refuse(
		code: FaultCode,
		termination: Termination,
		cause: string,
	): void {
		const fault = FAULTS[code];
		const { isUpgrade, isHead, minor, grant } = this.sent;
		const persistent = !fault.close && !isUpgrade && this.sent.mayPersist();
		this.answered.persistent = persistent;
		this.record.status = fault.status;
		this.record.fault = code;
		const connection = connectionLine(persistent, minor);
		const pageName = this.pageNameFor(code);
		const page = isUpgrade ? null : this.pageFor(code, pageName);
		const form = { bodyless: isHead, connection, grant, page, pageName, minor };
		this.client.write(answerText(fault, form));
		this.settle(termination, cause);
		this.freeClient();
	}

	private get answeredAt(): number {
		return this.pool?.target.answeredAt ?? 0;
	}

	private pageNameFor(code: FaultCode): PageName | null {
		const { waitingSince } = this;
		const waitedMs =
			waitingSince === undefined ? 0 : performance.now() - waitingSince;
		return pageOf(code, this.answeredAt > 0, waitedMs);
	}

	private pageFor(code: FaultCode, name: PageName | null): Page | null {
		const { context, head, answeredAt, waitingSince } = this;
		if (name === null || !isShown(head)) return null;
		const languages = languagesOf(head.block.fields.list);
		const { status } = FAULTS[code];
		const occasion = { fault: code, status, languages, answeredAt };
		return context.page(
			name,
			name === "waiting" && waitingSince !== undefined
				? { ...occasion, waitingSince }
				: occasion,
		);
	}

	onSlowBody(): void {
		this.fail(
			"slowClient",
			terminationOf("clientTimeout", "request"),
			"request body too slow",
		);
	}

	onClientStalled(): void {
		this.settle(
			terminationOf("clientTimeout", "data"),
			"the client does not read",
		);
		this.client.abort(true);
	}

	onClientGone(): void {
		this.settle(terminationOf("client", this.phase), "client gone");
	}

	onWithdrawn(reason: string, code: FaultCode): void {
		this.fail(code, terminationOf("daemon", "head"), reason);
	}

	onStopped(reason: string): void {
		const isHidden = this.answered.headSent && !this.answered.showsCut;
		this.settle(terminationOf("daemon", this.phase), reason);
		this.client.abort(isHidden);
	}

	fault(error: unknown): void {
		this.context.internalFault(error);
		this.settle(terminationOf("defect", "none"), "internal fault");
		this.client.abort(true);
	}

	get isTunnel(): boolean {
		return false;
	}

	get bytesFromClient(): number {
		return this.sent.bytes;
	}

	get bytesToClient(): number {
		return this.answered.bodyBytes;
	}

	private get phase(): Phase {
		if (!this.upstream?.isConnected) return "connect";
		if (this.answered.head !== null) return "data";
		return this.sent.isOpen ? "request" : "head";
	}

	/** Makes the record, once, and lets go of all but the client. */
	private settle(
		termination: Termination,
		cause: string,
		now = performance.now(),
	): void {
		if (this.over) return;
		this.over = true;
		this.upstream?.destroy();
		this.upstream = null;
		const { record, answered } = this;
		record.endedAt = now;
		this.pool?.leave(this, answered.head !== null, now);
		if (answered.headSent && answered.head !== null)
			record.status = answered.head.status;
		record.bytesFromClient = this.sent.bytes;
		record.bytesToClient = answered.bodyBytes;
		record.termination = termination;
		record.cause = cause;
		this.reportCommands();
		this.context.observe(record);
	}

	private reportCommands(): void {
		const { commands } = this.answered;
		if (commands.length > 0)
			this.context.onFrontCommands?.(this.record.sessionKey, commands);
	}
}

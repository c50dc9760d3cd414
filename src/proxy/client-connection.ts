import type { Socket } from "node:net";
import { terminationOf } from "../exchange-record.js";
import { FAULTS, type FaultCode } from "../faults.js";
import { Refusal } from "../http1/refusal.js";
import { connectionLine } from "../http1/response-head.js";
import {
	DISCARDED_BYTES,
	GRACE_MS,
	LINGER_MS,
	PIPELINED_BYTES,
} from "../limits.js";
import type { Peer } from "../routing/container-request.js";
import { answerText } from "./answers.js";
import type { Context } from "./context.js";
import { Exchange, type ExchangeClient, newRecord } from "./exchange.js";
import type { Blocked } from "./progress.js";
import type { ClientReads, Reader } from "./read-buffers.js";
import { type RequestHead, RequestReader } from "./request-reader.js";
import type { Sessions, SharePlace } from "./sessions.js";
import { after, isFull, own, type SocketOwner, writeTo } from "./socket.js";
import { SHUTDOWN, type Tunnel } from "./tunnel.js";

const NOTHING = Buffer.alloc(0);
const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;
/** Milliseconds after which a paused client that has sent much ahead is read once more. */
const PEEK_MS = 1_000;
/** Bytes sent ahead beyond which a client counts as a flood. */
const PEEKED_BYTES = 1024 * 1024;

/** The parts that a client connection gets from its proxy. */
export interface ConnectionDeps {
	readonly context: Context;
	readonly sessions: Sessions;
	/** Its place among all clients; undefined if there is none and the client is refused. */
	readonly place: SharePlace | undefined;
	/** Called when the socket is closed, once or more. */
	readonly onGone: (client: ClientConnection) => void;
}

/**
 * head: a request head, or part of it, is read next. An exchange or a tunnel is its own state. lingering: our FIN is sent,
 * the rest of the client's bytes is thrown away. closed: the socket is destroyed.
 */
type ClientState =
	| { readonly kind: "head" }
	| Exchange
	| Tunnel
	| { readonly kind: "lingering"; discardedBytes: number }
	| { readonly kind: "closed" };

const HEAD: ClientState = { kind: "head" };
const CLOSED: ClientState = { kind: "closed" };

// Longer than 300 lines: one state machine, whose states are read side by side.
/**
 * One client's connection. It owns its socket from the accept to its close: it reads requests one after the other, hands
 * each to an exchange, and keeps the next one until that exchange is over.
 */
export class ClientConnection
	implements ExchangeClient, Blocked, SocketOwner, Reader
{
	readonly peer: Peer;
	deadline: number;
	readonly #context: Context;
	readonly #deps: ConnectionDeps;
	readonly #socket: Socket;
	readonly #reads: ClientReads | undefined;
	readonly #reader: RequestReader;
	#state: ClientState = HEAD;
	/** Bytes that are read and not taken yet. */
	#input: Buffer = NOTHING;
	/** Whether `#input` still points into the shared read buffer: copy it before the next read. */
	#isInputShared = false;
	/** During a read: whether the first byte of the request in `#input` had arrived when the event loop polled. */
	#sincePoll = false;
	#isAdvancing = false;
	#isReading = true;
	/** As long as the mode is undecided: whether the next request still has to wait for it. */
	#modeWait: "due" | "waiting" | "over" = "due";
	/** Whether written bytes wait for the client to take them. */
	#isBlocked = false;
	/** At the inner end of a double proxy: the sessions of this client, which no other has. */
	#ownSessions: Set<string> | undefined = undefined;

	/** Takes the socket over: this connection must close it. */
	constructor(
		deps: ConnectionDeps,
		socket: Socket,
		reads: ClientReads | undefined,
		peer: Peer,
	) {
		this.peer = peer;
		const { context } = deps;
		this.#context = context;
		this.#deps = deps;
		this.#socket = socket;
		this.#reads = reads;
		this.#reader = new RequestReader(context.blocks, peer);
		this.deadline = after(
			context.isDraining ? GRACE_MS : context.options.headTimeoutMs,
		);
		context.clock.add(this);
		if (reads !== undefined) reads.reader = this;
		own(socket, this, reads === undefined ? "data" : undefined);
	}

	// ---- reading

	get carriesBytes(): boolean {
		const state = this.#state;
		return (
			state.kind === "tunnel" || (state.kind === "exchange" && state.wantsBody)
		);
	}

	received(bytes: Buffer): void {
		const state = this.#state;
		switch (state.kind) {
			case "tunnel":
				state.onClientBytes(this.#toWriteOn(bytes));
				break;
			case "head":
			case "exchange":
				this.#takeInput(bytes);
				break;
			case "lingering":
				state.discardedBytes += bytes.length;
				if (state.discardedBytes > DISCARDED_BYTES) this.#socket.destroy();
				break;
			case "closed":
				break;
			default:
				state satisfies never;
		}
	}

	#takeInput(bytes: Buffer): void {
		this.#isInputShared = this.#input.length === 0;
		this.#sincePoll =
			this.#isInputShared &&
			this.#state.kind === "head" &&
			this.#reads?.sincePoll === true;
		this.#input = this.#isInputShared
			? bytes
			: Buffer.concat([this.#input, bytes]);
		this.#advance();
		this.#sincePoll = false;
		if (this.#isInputShared && this.#input.length > 0)
			this.#input = Buffer.from(this.#input);
		this.#isInputShared = false;
		this.#setBodyDeadline();
	}

	#toWriteOn(bytes: Buffer): Buffer {
		return this.#reads === undefined ? bytes : this.#reads.toWriteOn(bytes);
	}

	/** Handles the input until more bytes are needed or the exchange has to end. Calls from within itself return at once. */
	#advance(): void {
		if (this.#isAdvancing) return;
		this.#isAdvancing = true;
		try {
			while (this.#input.length > 0 && this.#step());
		} finally {
			this.#isAdvancing = false;
		}
	}

	/** @returns whether there may be more to do */
	#step(): boolean {
		const state = this.#state;
		switch (state.kind) {
			case "head":
				// Further answers would pile up here, because the client does not take them.
				if (this.#isBlocked) this.pause();
				return !this.#isBlocked && this.#readHead();
			case "exchange":
				if (state.wantsBody) {
					this.#input = state.takeBody(this.#toWriteOn(this.#input));
					return true;
				}
				if (this.#input.length > PIPELINED_BYTES) this.pause();
				return false;
			case "tunnel":
			case "lingering":
			case "closed":
				return false;
		}
	}

	#readHead(): boolean {
		const empty = emptyLines(this.#input);
		if (empty > 0) {
			this.#sincePoll = false;
			this.#input = this.#input.subarray(empty);
			this.#reader.restart();
		}
		if (this.#input.length === 0) return false;
		if (this.#context.options.mode === "undecided" && this.#awaitMode())
			return false;
		const hasWaited = this.#reader.isWaiting;
		try {
			const head = this.#reader.read(this.#input);
			if (head !== undefined) {
				this.#beginExchange(head);
				return true;
			}
			// The grace of a drain is for the whole head.
			if (!hasWaited && !this.#context.isDraining)
				this.deadline = after(this.#context.options.headTimeoutMs);
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
			this.refuse(error.code, error.rule);
		}
		return false;
	}

	/** A request waits for the mode as it would for a session map that is being written. @returns whether it waits */
	#awaitMode(): boolean {
		const { decideMode, awaitMode, options } = this.#context;
		if (this.#modeWait === "due") decideMode?.();
		if (this.#context.options !== options) return false;
		if (this.#modeWait === "over" || awaitMode === undefined) return false;
		this.pause();
		if (this.#modeWait === "waiting") return true;
		this.#modeWait = "waiting";
		this.deadline = Number.POSITIVE_INFINITY;
		void awaitMode().then(() => {
			this.#modeWait = "over";
			const { isDraining, options } = this.#context;
			this.deadline = after(isDraining ? GRACE_MS : options.headTimeoutMs);
			this.#context.decideMode?.();
			this.resume();
		});
		return true;
	}

	#beginExchange(head: RequestHead): void {
		this.#modeWait = "due";
		const isAll = head.length === this.#input.length;
		this.#input = isAll ? NOTHING : this.#input.subarray(head.length);
		this.deadline = Number.POSITIVE_INFINITY;
		const { sessions } = this.#deps;
		const exchange = new Exchange(this.#context, sessions, this, head);
		this.#state = exchange;
		const sincePoll = this.#sincePoll;
		// The next request may have arrived after the poll.
		this.#sincePoll = false;
		exchange.begin(sincePoll);
		this.#setBodyDeadline();
	}

	/** Answers without an exchange, because the head was not understood or no place was free; then the connection ends. */
	refuse(code: FaultCode, rule: string): void {
		const fault = FAULTS[code];
		const connection = connectionLine(false, 1);
		this.write(answerText(fault, { bodyless: false, connection }));
		this.#linger();
		const record = newRecord("", "", "", false);
		const by = code === "slowClient" ? "clientTimeout" : "proxy";
		record.status = fault.status;
		record.fault = code;
		record.termination = terminationOf(by, "request");
		record.cause = rule;
		this.#context.observe(record);
	}

	// ---- for exchanges and tunnels

	write(data: string | Buffer): boolean {
		const isFree = writeTo(this.#socket, data);
		if (!isFree && !this.#isBlocked) {
			this.#isBlocked = true;
			if (this.#state.kind !== "tunnel")
				this.deadline = this.#context.progress.firstLook();
		}
		return isFree;
	}

	carryFor(sessionKey: string): boolean {
		const { place } = this.#deps;
		if (this.#context.options.isInner) {
			this.#ownSessions ??= new Set();
			this.#ownSessions.add(sessionKey);
		}
		return place === undefined || place.moveTo(sessionKey);
	}

	get hasNext(): boolean {
		return emptyLines(this.#input) < this.#input.length;
	}

	get isBehind(): boolean {
		return this.#socket.writableLength > 0;
	}

	get isFull(): boolean {
		return isFull(this.#socket);
	}

	keepRead(): void {
		this.#reads?.keep();
	}

	releaseRead(): void {
		this.#reads?.release();
	}

	cork(): void {
		this.#socket.cork();
	}

	uncork(): void {
		this.#socket.uncork();
	}

	pause(): void {
		if (!this.#isReading) return;
		this.#isReading = false;
		this.#socket.pause();
		this.#setBodyDeadline();
	}

	/** Handles the bytes that arrived before the pause first. */
	resume(): void {
		if (this.#isReading) return;
		this.#isReading = true;
		this.#socket.resume();
		this.#setBodyDeadline();
		this.#advance();
	}

	/** The client's time does not run while we do not read. */
	#setBodyDeadline(): void {
		const state = this.#state;
		if (state.kind !== "exchange" || this.#isBlocked) return;
		if (this.#isReading && state.wantsBody)
			this.deadline = after(this.#context.options.bodyTimeoutMs);
		else if (!this.#isReading && this.#input.length > PIPELINED_BYTES)
			this.deadline = after(PEEK_MS);
		else this.deadline = Number.POSITIVE_INFINITY;
	}

	end(): void {
		this.#socket.end();
	}

	finish(persistent: boolean, now?: number): void {
		this.#reads?.forget();
		const state = this.#state;
		if (state.kind !== "exchange") return;
		const isLast = state.isLast && this.#input.length === 0;
		this.#state = HEAD;
		this.#deps.place?.release();
		if (!persistent) {
			// No more bytes can arrive, so no reset can destroy the end of the answer: lingering is unnecessary.
			if (isLast && !this.isBehind) this.#destroy();
			else this.#linger();
			return;
		}
		if (!this.#isBlocked) this.#awaitRequest(now);
		this.resume();
		this.#advance();
	}

	/** The client may send its next request: in a drain, if its last response did not announce the connection's end. */
	#awaitRequest(now?: number): void {
		const { isDraining, options } = this.#context;
		this.deadline = after(isDraining ? GRACE_MS : options.idleTimeoutMs, now);
	}

	/** Ends the connection gracefully: the client's bytes are still read, so that no reset destroys our last ones. */
	#linger(): void {
		this.#state = { kind: "lingering", discardedBytes: 0 };
		this.#input = NOTHING;
		this.deadline = this.#context.progress.firstLook();
		this.#isReading = true;
		this.#socket.resume();
		this.#socket.end(() => {
			this.deadline = after(LINGER_MS);
		});
	}

	#destroy(): void {
		this.#state = CLOSED;
		this.#socket.destroy();
	}

	abort(reset: boolean): void {
		this.#state = CLOSED;
		// No address: a unix socket, which has no reset, or the client has already sent one.
		if (reset && this.#socket.remoteAddress !== undefined)
			this.#socket.resetAndDestroy();
		else this.#socket.destroy();
	}

	becomeTunnel(tunnel: Tunnel): void {
		this.#state = tunnel;
		this.#reader.forget();
		this.deadline = Number.POSITIVE_INFINITY;
		const input = this.#input;
		this.#input = NOTHING;
		this.resume();
		if (input.length > 0) tunnel.onClientBytes(input);
	}

	keepAliveEvery(milliseconds: number): void {
		this.#socket.setKeepAlive(true, milliseconds);
	}

	// ---- the end of the daemon

	/** The drain begins. Without a request in flight, the client may send one last request, which may be on its way already. */
	beginGrace(): void {
		if (this.#state.kind === "head" && !this.#isBlocked)
			this.deadline = Math.min(this.deadline, after(GRACE_MS));
	}

	endTunnel(): void {
		const state = this.#state;
		if (state.kind === "tunnel") state.shutDown();
	}

	/** Ends the connection, unless it is a tunnel. @returns whether a request or its response was cut */
	cutRequest(): boolean {
		const state = this.#state;
		if (state.kind === "tunnel" || state.kind === "closed") return false;
		const isCut = state.kind === "exchange" || this.isBehind;
		if (state.kind === "exchange") state.onStopped(SHUTDOWN);
		else this.#destroy();
		return isCut;
	}

	// ---- events of the socket

	/** Early versions of Node 20 also report writes that nobody waited for. */
	drained(): void {
		if (!this.#isBlocked) return;
		this.#isBlocked = false;
		const state = this.#state;
		switch (state.kind) {
			case "tunnel":
				state.onClientDrain();
				break;
			case "exchange":
				this.deadline = Number.POSITIVE_INFINITY;
				this.#setBodyDeadline();
				state.onClientDrain();
				break;
			case "head":
				this.#awaitRequest();
				this.resume();
				break;
			case "lingering":
			case "closed":
				break;
			default:
				state satisfies never;
		}
	}

	/** A FIN during an exchange counts as gone, as in nginx; only a tunnel passes it on. */
	ended(): void {
		const state = this.#state;
		if (state.kind === "tunnel") state.onClientEnd();
		else if (state.kind !== "lingering") this.#socket.destroy();
	}

	lost(): void {
		this.#context.clock.delete(this);
		const state = this.#state;
		this.#state = CLOSED;
		try {
			if (state.kind === "exchange" || state.kind === "tunnel")
				state.onClientGone();
		} finally {
			// After its exchange, which must not take a share once the place is free.
			this.#deps.place?.leave();
			if (this.#ownSessions) this.#deps.sessions.drop(this.#ownSessions);
			this.#deps.onGone(this);
		}
	}

	expire(): void {
		const state = this.#state;
		switch (state.kind) {
			case "exchange":
				if (this.#isBlocked) this.#checkProgress();
				else if (state.wantsBody) state.onSlowBody();
				else this.#peek();
				break;
			case "head":
				if (this.#context.isDraining) setImmediate(() => this.#endGrace());
				else this.#endHead();
				break;
			case "lingering":
				if (this.isBehind) this.#checkProgress();
				else this.#destroy();
				break;
			case "tunnel":
			// The tunnel has its own deadline.
			case "closed":
				break;
			default:
				state satisfies never;
		}
	}

	/** Deadlines are checked before sockets are read, so the last request may have arrived in time. */
	#endGrace(): void {
		const hasTime = this.deadline < Number.POSITIVE_INFINITY;
		if (this.#state.kind === "head" && !hasTime) this.#endHead();
	}

	/** No request came in time, or the client does not take the last response. */
	#endHead(): void {
		if (this.#reader.isWaiting && !this.#isBlocked)
			this.refuse("slowClient", "request head too slow");
		else if (this.isBehind) this.#checkProgress();
		else this.#destroy();
	}

	#checkProgress(): void {
		this.#context.progress.check(this, this.#socket);
	}

	onStalled(): void {
		const state = this.#state;
		if (state.kind === "exchange") state.onClientStalled();
		else this.abort(this.isBehind);
	}

	/** Only a read shows whether a client is still there: one more, as long as that costs little. */
	#peek(): void {
		if (this.#input.length > PEEKED_BYTES) {
			this.#socket.destroy();
			return;
		}
		this.#isReading = true;
		this.#socket.resume();
	}

	/** Our own code threw: the sockets of this exchange end, the daemon continues. */
	onDefect(error: unknown): void {
		const state = this.#state;
		if (state.kind === "exchange" || state.kind === "tunnel")
			state.onDefect(error);
		else {
			this.#context.internalFault(error);
			this.#destroy();
		}
	}
}

/** The length of the empty lines before a request, which are ignored (RFC 9112 2.2). */
function emptyLines(input: Buffer): number {
	let bytes = 0;
	while (input[bytes] === CARRIAGE_RETURN && input[bytes + 1] === LINE_FEED)
		bytes += 2;
	return bytes;
}

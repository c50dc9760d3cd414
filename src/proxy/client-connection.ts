import type { Socket } from "node:net";
import { newRecord, terminationOf } from "../exchange-record.js";
import { FAULTS, type FaultCode } from "../faults.js";
import { Refusal } from "../http1/refusal.js";
import { connectionLine } from "../http1/response-head.js";
import { DISCARDED_BYTES, LINGER_MS, PIPELINED_BYTES } from "../limits.js";
import type { Peer } from "../routing/container-request.js";
import { answerText } from "./answers.js";
import type { ClientSide, ClientTunnel } from "./client-side.js";
import type { Context } from "./context.js";
import { Exchange } from "./exchange.js";
import type { ClientReads, Reader } from "./read-buffers.js";
import { emptyLines, RequestReader } from "./request-reader.js";
import type { Sessions, SharePlace } from "./sessions.js";
import {
	after,
	isFull,
	own,
	type SocketOwner,
	type Timed,
	writeTo,
} from "./socket.js";

const NOTHING = Buffer.alloc(0);
const DAEMON_ENDS = "the daemon ends";
/** Milliseconds after which a client that is not read, for all that it has sent ahead, is read once more. */
const PEEK_MS = 1_000;
/** Bytes sent ahead after which a client is no client but a flood. */
const PEEKED_BYTES = 1024 * 1024;

/** What every client's connection of one proxy is given. */
export interface House {
	readonly context: Context;
	readonly sessions: Sessions;
	/** Its place among all clients; undefined: it is only told that there is none. */
	readonly place: SharePlace | undefined;
	/** Its socket is gone; called once or more. */
	readonly onGone: (client: ClientConnection) => void;
}

// Over the house's 250 lines: one state machine, whose states are read side by side.
/**
 * One client's connection. It owns its socket from the accept to its close: reads requests one after the other, hands
 * each to an exchange, and keeps what comes behind it until that exchange is over.
 */
export class ClientConnection
	implements ClientSide, Timed, SocketOwner, Reader
{
	deadline: number;
	private readonly reader: RequestReader;
	private readonly context: Context;
	private readonly sessions: Sessions;
	private readonly place: SharePlace | undefined;
	private readonly onGone: (client: ClientConnection) => void;
	/** What was read and not taken yet. */
	private input: Buffer = NOTHING;
	/** It is where it was read to: whoever leaves it there until the next read must copy it. */
	private inputInWindow = false;
	/** While a read is handled: the request that input begins with was there, its first byte at least, when the loop polled. */
	private sincePoll = false;
	private request: Exchange | null = null;
	private tunnel: ClientTunnel | null = null;
	private advancing = false;
	private reading = true;
	/** What was written waits for the client to take it. */
	private blocked = false;
	/** Our FIN is sent: what still comes is thrown away. */
	private lingering = false;
	private discarded = 0;

	constructor(
		{ context, sessions, place, onGone }: House,
		private readonly socket: Socket,
		private readonly reads: ClientReads | undefined,
		readonly peer: Peer,
	) {
		this.context = context;
		this.sessions = sessions;
		this.place = place;
		this.onGone = onGone;
		this.reader = new RequestReader(context.blocks, peer);
		this.deadline = after(context.options.headTimeoutMs);
		context.clock.add(this);
		if (reads !== undefined) reads.reader = this;
		own(socket, this, reads === undefined ? "data" : undefined);
	}

	// ---- what the client sends

	get carriesBytes(): boolean {
		return this.tunnel !== null || this.request?.wantsBody === true;
	}

	received(bytes: Buffer): void {
		if (this.tunnel !== null) this.tunnel.onClientBytes(this.toWriteOn(bytes));
		else if (this.lingering) this.discard(bytes.length);
		else {
			this.inputInWindow = this.input.length === 0;
			this.sincePoll = this.beginsRequest;
			this.input = this.inputInWindow
				? bytes
				: Buffer.concat([this.input, bytes]);
			this.advance();
			this.sincePoll = false;
			this.keepInput();
			this.setBodyDeadline();
		}
	}

	/** Whether what was just read begins with a request, and nothing else was read for the event that brought it. */
	private get beginsRequest(): boolean {
		return (
			this.inputInWindow &&
			this.request === null &&
			this.reads?.sincePoll === true
		);
	}

	/** What is not taken at once would be read over. */
	private keepInput(): void {
		if (!this.inputInWindow) return;
		this.inputInWindow = false;
		if (this.input.length > 0) this.input = Buffer.from(this.input);
	}

	private toWriteOn(bytes: Buffer): Buffer {
		return this.reads === undefined ? bytes : this.reads.toWriteOn(bytes);
	}

	private discard(bytes: number): void {
		this.discarded += bytes;
		if (this.discarded > DISCARDED_BYTES) this.socket.destroy();
	}

	/** Goes on until it needs more bytes or the exchange its end. What is called from here may call it again. */
	private advance(): void {
		if (this.advancing) return;
		this.advancing = true;
		try {
			while (this.input.length > 0 && this.step());
		} finally {
			this.advancing = false;
		}
	}

	/** @returns whether there may be more to do */
	private step(): boolean {
		if (this.lingering || this.tunnel !== null) return false;
		if (this.request === null) {
			// Who does not take answers gets no more of them: they would pile up here.
			if (this.blocked) this.pause();
			return !this.blocked && this.readHead();
		}
		if (this.request.wantsBody) {
			this.input = this.request.takeBody(this.toWriteOn(this.input));
			return true;
		}
		if (this.input.length > PIPELINED_BYTES) this.pause();
		return false;
	}

	/** Whether a client is still there shows in a read alone: one more, for as long as that costs little. */
	private peek(): void {
		if (this.input.length > PEEKED_BYTES) {
			this.socket.destroy();
			return;
		}
		this.reading = true;
		this.socket.resume();
	}

	private readHead(): boolean {
		const { context, reader } = this;
		const empty = emptyLines(this.input);
		if (empty > 0) {
			this.sincePoll = false;
			this.input = this.input.subarray(empty);
			reader.restart();
		}
		if (this.input.length === 0) return false;
		const waited = reader.isWaiting;
		try {
			const head = reader.read(this.input);
			if (head !== undefined) {
				const whole = head.length === this.input.length;
				this.input = whole ? NOTHING : this.input.subarray(head.length);
				this.deadline = Number.POSITIVE_INFINITY;
				this.request = new Exchange(context, this.sessions, this, head);
				const { sincePoll } = this;
				// What comes behind it may have come later.
				this.sincePoll = false;
				this.request.begin(sincePoll);
				this.setBodyDeadline();
				return true;
			}
			if (!waited) this.deadline = after(context.options.headTimeoutMs);
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
			this.refuse(error.code, error.rule);
		}
		return false;
	}

	/** Answers a request that has no exchange, since its head was not understood; then the connection ends. */
	refuse(code: FaultCode, rule: string): void {
		const fault = FAULTS[code];
		const connection = connectionLine(false, 1);
		const form = { bodyless: false, connection, grant: undefined, page: null };
		this.write(answerText(fault, form));
		this.linger();
		const record = newRecord("", "", "", false);
		record.status = fault.status;
		record.fault = code;
		record.termination =
			code === "slowClient"
				? terminationOf("clientTimeout", "request")
				: terminationOf("proxy", "request");
		record.cause = rule;
		this.context.observe(record);
	}

	// ---- what exchanges do with it

	write(data: string | Buffer): boolean {
		const free = writeTo(this.socket, data);
		if (!free && !this.blocked) {
			this.blocked = true;
			if (this.tunnel === null)
				this.deadline = after(this.context.options.bodyTimeoutMs);
		}
		return free;
	}

	carryFor(sessionKey: string): boolean {
		return this.place === undefined || this.place.moveTo(sessionKey);
	}

	get isBehind(): boolean {
		return this.socket.writableLength > 0;
	}

	get isFull(): boolean {
		return isFull(this.socket);
	}

	keepRead(): void {
		this.reads?.keep();
	}

	releaseRead(): void {
		this.reads?.release();
	}

	cork(): void {
		this.socket.cork();
	}

	uncork(): void {
		this.socket.uncork();
	}

	pause(): void {
		if (!this.reading) return;
		this.reading = false;
		this.socket.pause();
		this.setBodyDeadline();
	}

	/** What was read before the pause comes first. */
	resume(): void {
		if (this.reading) return;
		this.reading = true;
		this.socket.resume();
		this.setBodyDeadline();
		this.advance();
	}

	/** Time in which we do not read is not the client's. */
	private setBodyDeadline(): void {
		if (this.request === null || this.blocked || this.lingering) return;
		if (this.reading && this.request.wantsBody)
			this.deadline = after(this.context.options.bodyTimeoutMs);
		else if (!this.reading && this.input.length > PIPELINED_BYTES)
			this.deadline = after(PEEK_MS);
		else this.deadline = Number.POSITIVE_INFINITY;
	}

	end(): void {
		this.socket.end();
	}

	finish(persistent: boolean, now?: number): void {
		this.reads?.forget();
		const isLast = this.request?.isLast && this.input.length === 0;
		this.request = null;
		this.place?.release();
		if (!persistent || this.context.draining) {
			// Nothing more can come, so that no reset can take the answer's tail: nothing has to be waited for.
			if (isLast && !this.isBehind) this.socket.destroy();
			else this.linger();
			return;
		}
		if (!this.blocked)
			this.deadline = after(this.context.options.idleTimeoutMs, now);
		this.resume();
		this.advance();
	}

	/** Ends in good order: what we wrote arrives, because the rest of what the client sends is still read. */
	private linger(): void {
		if (this.lingering) return;
		this.lingering = true;
		this.request = null;
		this.input = NOTHING;
		this.deadline = after(this.context.options.bodyTimeoutMs);
		this.reading = true;
		this.socket.resume();
		this.socket.end(() => {
			this.deadline = after(LINGER_MS);
		});
	}

	abort(reset: boolean): void {
		this.request = null;
		// Without an address: a unix socket, which knows no reset, or one whose client was the first to send one.
		if (reset && this.socket.remoteAddress !== undefined)
			this.socket.resetAndDestroy();
		else this.socket.destroy();
	}

	becomeTunnel(tunnel: ClientTunnel): void {
		this.request = null;
		this.tunnel = tunnel;
		this.reader.forget();
		this.deadline = Number.POSITIVE_INFINITY;
		const { input } = this;
		this.input = NOTHING;
		this.resume();
		if (input.length > 0) tunnel.onClientBytes(input);
	}

	keepAliveEvery(milliseconds: number): void {
		this.socket.setKeepAlive(true, milliseconds);
	}

	/** The daemon is ending: what is in flight may be finished, tunnels and idle connections end now. */
	endWhereIdle(): void {
		if (this.tunnel !== null) this.tunnel.onWithdrawn(DAEMON_ENDS);
		else if (this.request === null && this.isBehind) this.linger();
		else if (this.request === null && !this.lingering) this.socket.destroy();
	}

	/** The daemon ends now. */
	stop(): void {
		if (this.tunnel !== null) this.tunnel.onWithdrawn(DAEMON_ENDS);
		else if (this.request !== null) this.request.onStopped(DAEMON_ENDS);
		else this.socket.destroy();
	}

	// ---- what happens to it

	/** Old versions of Node 20 tell of writes too that nobody waited for. */
	drained(): void {
		if (!this.blocked) return;
		this.blocked = false;
		if (this.tunnel !== null) this.tunnel.onClientDrain();
		else if (this.request !== null) {
			this.deadline = Number.POSITIVE_INFINITY;
			this.setBodyDeadline();
			this.request.onClientDrain();
		} else if (!this.lingering) {
			this.deadline = after(this.context.options.idleTimeoutMs);
			this.resume();
		}
	}

	/** A FIN while a request or its answer is open counts as gone, as in nginx; only a tunnel passes it on. */
	ended(): void {
		if (this.tunnel !== null) this.tunnel.onClientEnd();
		else if (!this.lingering) this.socket.destroy();
	}

	lost(): void {
		this.context.clock.delete(this);
		const { request, tunnel } = this;
		this.request = null;
		this.tunnel = null;
		request?.onClientGone();
		tunnel?.onClientGone();
		this.place?.leave();
		this.onGone(this);
	}

	expire(): void {
		const isSlowHead = this.reader.isWaiting && !this.lingering;
		if (this.request !== null && this.blocked) this.request.onClientStalled();
		else if (this.request?.wantsBody) this.request.onSlowBody();
		else if (this.request !== null) this.peek();
		else if (isSlowHead && !this.blocked)
			this.refuse("slowClient", "request head too slow");
		else this.abort(this.isBehind);
	}

	/** Our own code threw: the sockets of this exchange end, the daemon goes on. */
	fault(error: unknown): void {
		const { request, tunnel } = this;
		if (tunnel !== null) tunnel.fault(error);
		else if (request !== null) request.fault(error);
		else {
			this.context.internalFault(error);
			this.socket.destroy();
		}
	}
}

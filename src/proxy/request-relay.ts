import { type Body, createBody, LengthBody } from "../http1/body.js";
import { DISCARDED_BYTES } from "../limits.js";
import { type CorsGrant, grantOf } from "../routing/admission.js";
import { isBehindFrontProxy } from "../routing/client-response.js";
import type { ClientSide } from "./client-side.js";
import type { Context } from "./context.js";
import type { RequestHead } from "./request-reader.js";
import type { Asked } from "./response-relay.js";
import { after } from "./socket.js";
import type { Upstream } from "./upstream.js";

const NOTHING = Buffer.alloc(0);

/** One request as its client sent it: what it asks for, and its body's way to the container, or into nothing. */
export class RequestRelay implements Asked {
	readonly isHead: boolean;
	readonly minor: number;
	readonly upgrade: string;
	/** Bytes taken, chunk framing included. */
	bytes = 0;
	/** The answer is out: what still comes only has to be read, so that the answer arrives and the connection lives. */
	discarding = false;
	/** 100 Continue went to the client. */
	continued = false;
	private readonly body: Body | undefined;
	/** What came before the connection did. */
	private early: Buffer = NOTHING;
	private discarded = 0;

	constructor(
		private readonly context: Context,
		private readonly client: ClientSide,
		private readonly head: RequestHead,
	) {
		const { fields } = head.block;
		this.isHead = head.line.method === "HEAD";
		this.minor = head.line.minor;
		this.upgrade = head.upgrade;
		const { boundary } = context.options;
		this.body = createBody(
			fields.chunked,
			fields.length,
			boundary.withholdsTrailer,
		);
	}

	// ---- what it asks for

	get isUpgrade(): boolean {
		return this.upgrade !== "";
	}

	/** Whether sending it twice does no harm. */
	get isRepeatable(): boolean {
		return this.body === undefined && this.head.repeatable;
	}

	get grant(): CorsGrant | undefined {
		const { line, block } = this.head;
		const { origin, host } = block.fields;
		return grantOf(this.context.options.cors, origin, line.authority ?? host);
	}

	/** A front that makes a tunnel of such a connection would pass on whatever comes behind the answer, unchecked. */
	private get asksForUpgrade(): boolean {
		const { upgrade, connection } = this.head.block.fields;
		return upgrade !== "" && connection.includes("upgrade");
	}

	get ownPath(): string {
		const { proxyPrefix } = this.context.options;
		if (proxyPrefix !== "") return proxyPrefix;
		return /^.*?\/gie_proxy(?=\/)/.exec(this.head.path)?.[0] ?? "";
	}

	get earlyHints(): boolean {
		return !isBehindFrontProxy(this.head.block.fields);
	}

	/** RFC 9110 10.1.1: who waits for 100 and gets a final answer sends its body or not, and nobody can tell. */
	mayPersist(): boolean {
		const { block, keepAlive } = this.head;
		if (this.context.draining || !keepAlive || this.asksForUpgrade)
			return false;
		if (!this.isOpen) return true;
		const waits =
			block.fields.expectsContinue && !this.continued && this.bytes === 0;
		return !waits && !this.isTooMuch;
	}

	// ---- its body

	get hasBody(): boolean {
		return this.body !== undefined;
	}

	/** Whether bytes of the body are still to come. */
	get isOpen(): boolean {
		return this.body !== undefined && !this.body.isDone;
	}

	/** Whether more is to come than is thrown away for a connection's sake. */
	get isTooMuch(): boolean {
		return (
			this.discarded > DISCARDED_BYTES ||
			(this.body instanceof LengthBody && this.body.remaining > DISCARDED_BYTES)
		);
	}

	/**
	 * Takes what of input belongs to the body: on to the container, or aside while there is no connection.
	 * @returns the rest
	 * @throws {Refusal} malformed
	 */
	take(input: Buffer, upstream: Upstream | null): Buffer {
		const { body } = this;
		if (body === undefined) return input;
		const end = body.take(input, 0, input.length);
		if (this.discarding) this.discarded += end;
		else {
			this.bytes += end;
			this.send(upstream, withTail(input.subarray(0, body.passed), body.tail));
		}
		return end === input.length ? NOTHING : input.subarray(end);
	}

	private send(upstream: Upstream | null, bytes: Buffer): void {
		if (upstream === null || !upstream.isConnected) {
			this.early = Buffer.concat([this.early, bytes]);
			if (this.isOpen) this.client.pause();
		} else {
			if (!upstream.write(bytes)) {
				upstream.deadline = after(this.context.options.bodyTimeoutMs);
				if (this.isOpen) this.client.pause();
			}
			if (upstream.isBehind) this.client.keepRead();
		}
	}

	/** The connection is there: the head goes out, with what of the body is here, and the client is read again. */
	begin(upstream: Upstream, head: Buffer): void {
		upstream.write(
			this.early.length === 0 ? head : Buffer.concat([head, this.early]),
		);
		this.early = NOTHING;
		if (this.isOpen) this.client.resume();
	}
}

function withTail(bytes: Buffer, tail: string): Buffer {
	return tail === ""
		? bytes
		: Buffer.concat([bytes, Buffer.from(tail, "latin1")]);
}

import type { ExchangeRecord } from "../exchange-record.js";
import {
	type Body,
	ChunkedBody,
	LengthBody,
	UntilCloseBody,
} from "../http1/body.js";
import { type Field, NO_FIELDS } from "../http1/fields.js";
import { Refusal } from "../http1/refusal.js";
import { INTERIM_RESPONSES } from "../limits.js";
import { type CorsGrant, grantOf } from "../routing/admission.js";
import { isBoundaryTrailer } from "../routing/boundary.js";
import {
	type ContainerHead,
	clientHead,
	clientLines,
	commandsIn,
	deriveFrom,
	isBehindFrontProxy,
	type ResponseTo,
} from "../routing/client-response.js";
import type { ToolRequest } from "../routing/scheme.js";
import type { Context } from "./context.js";
import type { ReadBuffer } from "./read-buffers.js";
import type { RequestHead } from "./request-reader.js";
import type { Upstream } from "./upstream.js";

/** A client's connection as a response uses it. */
export interface ResponseClient {
	/** Whether bytes written before are still waiting: their buffer must not be written to. */
	readonly isBehind: boolean;
	/** @returns false if the client has not taken all bytes yet: wait for onClientDrain */
	write(data: string | Buffer): boolean;
	cork(): void;
	uncork(): void;
}

/** An exchange as its response uses it. */
interface RespondingExchange {
	readonly record: ExchangeRecord;
	/** Whether the client's connection can carry another request. */
	mayPersist(): boolean;
}

/**
 * How much of a response has arrived. none: nothing. interim: interim heads, or part of a head. head: the final head,
 * which has not been written to the client. body: the head has been written. done: the response is complete. switched:
 * a 101, after which the bytes are not HTTP.
 */
export type ResponseState =
	| "none"
	| "interim"
	| "head"
	| "body"
	| "done"
	| "switched";

const NOTHING = Buffer.alloc(0);

// Longer than 300 lines: a response is read from its first head to its last byte.
/** Carries one response from the container to the client: interim heads, the head, the body in its framing. */
export class ResponseRelay implements ResponseTo {
	state: ResponseState = "none";
	/** The final head. */
	head: ContainerHead | undefined;
	/** Whether the client's connection can carry another request after this response. */
	persistent = false;
	/** Whether the client's framing shows that a body was cut short. */
	showsCut = true;
	/** Whether the client got 100 Continue. */
	passedContinue = false;
	/** The container's commands to a front proxy, from all heads and trailers so far. */
	commands: readonly Field[] = NO_FIELDS;
	/** Interim heads so far. */
	interimHeads = 0;
	readonly #client: ResponseClient;
	readonly #context: Context;
	readonly #request: RequestHead;
	readonly #exchange: RespondingExchange;
	#partial: Buffer | undefined;
	#body: Body | undefined;
	#coding: "unchanged" | "content only" | "into chunks" = "unchanged";

	constructor(
		client: ResponseClient,
		context: Context,
		request: RequestHead,
		exchange: RespondingExchange,
	) {
		this.#client = client;
		this.#context = context;
		this.#request = request;
		this.#exchange = exchange;
	}

	/** Whether the client has the final head, or it is on its way. */
	get isHeadSent(): boolean {
		return this.state === "body" || this.state === "done";
	}

	get grant(): CorsGrant | undefined {
		const { line, block } = this.#request;
		const { origin, host } = block.fields;
		const { cors } = this.#context.options;
		return grantOf(cors, origin, line.authority ?? host);
	}

	get tool(): ToolRequest | undefined {
		return this.#request.named.tool;
	}

	get ownPath(): string {
		const { tool } = this;
		if (tool !== undefined) return tool.asked;
		const { ownPath } = this.#context.options;
		if (ownPath !== "") return ownPath;
		return /^.*?\/gie_proxy(?=\/)/.exec(this.#request.path)?.[0] ?? "";
	}

	/**
	 * Takes bytes of the container.
	 * @param window the bytes of the last read, in the upstream's own buffer
	 * @returns the bytes after the end of this response
	 * @throws {Refusal} if they are not HTTP or ambiguous
	 */
	take(upstream: Upstream, window: Buffer): Buffer {
		if (this.state === "none") this.state = "interim";
		const partial = this.#partial;
		const bytes =
			partial === undefined ? window : Buffer.concat([partial, window]);
		this.#partial = undefined;
		const buffer = partial === undefined ? upstream.buffer : undefined;
		const at =
			this.head === undefined
				? this.#takeHeads(upstream, bytes, buffer)
				: this.#pass(undefined, NOTHING, bytes, 0);
		if (this.#client.isBehind) upstream.buffer.keep();
		return at === bytes.length ? NOTHING : bytes.subarray(at);
	}

	/** The container's FIN. @returns whether the response is complete */
	end(): boolean {
		if (this.state === "body" && this.#body instanceof UntilCloseBody) {
			if (this.#coding === "into chunks") this.#client.write("0\r\n\r\n");
			this.state = "done";
		}
		return this.state === "done";
	}

	/** Takes interim heads, then the final one with the body bytes after it. buffer: the upstream's own, if bytes are in it. */
	#takeHeads(
		upstream: Upstream,
		bytes: Buffer,
		buffer: ReadBuffer | undefined,
	): number {
		let at = 0;
		while (at < bytes.length) {
			const read = upstream.heads.read(bytes, at);
			if (read === undefined) {
				this.#partial = Buffer.from(bytes.subarray(at));
				return bytes.length;
			}
			const { head, end } = read;
			const { commands } = deriveFrom(head, this.#context.options);
			if (commands.length > 0) this.#note(commands);
			at = end;
			if (head.status === 101) {
				this.#switchProtocols(head);
				return at;
			}
			if (head.status >= 200) {
				this.head = head;
				this.state = "head";
				return this.#pass(buffer, this.#frame(head), bytes, at);
			}
			this.#passInterim(head);
		}
		return at;
	}

	#note(commands: readonly Field[]): void {
		this.commands = [...this.commands, ...commands];
	}

	#switchProtocols(head: ContainerHead): void {
		const { upgrade } = this.#request;
		if (upgrade === "" || head.upgrade !== upgrade)
			throw new Refusal("badAnswer", "101 that was not asked for");
		this.head = head;
		this.state = "switched";
		this.#client.write(
			`${this.#linesOf(head)}Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n\r\n`,
		);
	}

	/** RFC 9110 15.2: interim responses go to HTTP/1.1 clients only. */
	#passInterim(head: ContainerHead): void {
		if (++this.interimHeads > INTERIM_RESPONSES)
			throw new Refusal("badAnswer", "too many interim responses");
		const { line, block } = this.#request;
		if (line.minor === 0) return;
		// nginx takes a 103 for the final response and leaves its client waiting.
		if (head.status === 103 && isBehindFrontProxy(block.fields)) return;
		if (head.status === 100) this.passedContinue = true;
		this.#client.write(`${this.#linesOf(head)}\r\n`);
	}

	#linesOf(head: ContainerHead): string {
		return clientLines(head, undefined, this.#context.options, this);
	}

	/** Decides the framing of the final response on both sides (RFC 9112 6.3). @returns the head for the client */
	#frame(head: ContainerHead): Buffer {
		const { method, minor } = this.#request.line;
		const isHead = method === "HEAD";
		const bodyless = isHead || head.status === 204 || head.status === 304;
		if (bodyless) this.#body = undefined;
		else if (head.chunked)
			this.#body = new ChunkedBody(isBoundaryTrailer, true);
		else if (head.length < 0) this.#body = new UntilCloseBody();
		else if (head.length > 0) this.#body = new LengthBody(head.length);
		let chunked = head.chunked && !bodyless && minor === 1;
		if (minor === 0) {
			if (head.chunked) this.#coding = "content only";
			this.showsCut = head.length >= 0;
		} else if (this.#body instanceof UntilCloseBody) {
			chunked = true;
			this.#coding = "into chunks";
		}
		const delimited = minor === 1 || bodyless || head.length >= 0;
		this.persistent = delimited && this.#exchange.mayPersist();
		const form = { chunked, persistent: this.persistent, minor };
		return clientHead(head, form, this.#context.options, this);
	}

	/** Sends lead, then the body bytes from `at`. @returns the index after the body's last byte */
	#pass(
		buffer: ReadBuffer | undefined,
		lead: Buffer,
		bytes: Buffer,
		at: number,
	): number {
		const body = this.#body;
		if (body === undefined || at === bytes.length) {
			if (lead.length > 0) this.#client.write(lead);
			this.state = body === undefined ? "done" : "body";
			return at;
		}
		const end =
			this.#coding === "unchanged"
				? this.#passUnchanged(body, buffer, lead, bytes, at)
				: this.#recode(body, lead, bytes, at);
		this.#exchange.record.bytesToClient += end - at;
		if (body.isDone) this.state = "done";
		if (body instanceof ChunkedBody && body.dropped.length > 0)
			this.#note(commandsIn(body.dropped, this.#context.options.boundary));
		return end;
	}

	#recode(body: Body, lead: Buffer, bytes: Buffer, at: number): number {
		const client = this.#client;
		const chunks = this.#coding === "into chunks";
		client.cork();
		this.state = "body";
		if (lead.length > 0) client.write(lead);
		let end = at;
		while (end < bytes.length && !body.isDone)
			end = body.take(bytes, end, bytes.length, (from, to) => {
				if (chunks) client.write(`${(to - from).toString(16)}\r\n`);
				client.write(bytes.subarray(from, to));
				if (chunks) client.write("\r\n");
			});
		client.uncork();
		return end;
	}

	/** In the upstream's own buffer the head is put right in front of the content: one write for both. */
	#passUnchanged(
		body: Body,
		buffer: ReadBuffer | undefined,
		lead: Buffer,
		bytes: Buffer,
		at: number,
	): number {
		const client = this.#client;
		let end = body.take(bytes, at, bytes.length);
		const { passed } = body;
		// Copied into one string, because a container may send thousands of small chunks with odd framing.
		let text = body.tail;
		for (let from = end; end < bytes.length && !body.isDone; from = end) {
			end = body.take(bytes, from, bytes.length);
			text += bytes.toString("latin1", from, body.passed) + body.tail;
		}
		this.state = "body";
		const joined = buffer?.prefixed(lead, at, passed);
		if (joined !== undefined && text === "") {
			client.write(joined);
			return end;
		}
		client.cork();
		if (joined === undefined && lead.length > 0) client.write(lead);
		client.write(joined ?? bytes.subarray(at, passed));
		if (text !== "") client.write(text);
		client.uncork();
		return end;
	}
}

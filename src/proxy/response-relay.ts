import { Refusal } from "../errors.js";
import { INTERIM_RESPONSES, RESPONSE_HEAD_BYTES } from "../limits.js";
import { connectionLine } from "./answers.js";
import { type Body, ChunkedBody, LengthBody, UntilCloseBody } from "./body.js";
import type { ClientSide } from "./client-side.js";
import type { CorsGrant } from "./cors.js";
import { refuseControlBytes } from "./fields.js";
import { parseResponseHead, type ResponseHead } from "./response-head.js";
import {
	type ResponseRules,
	responseFields,
	statusLine,
} from "./response-out.js";
import type { Upstream } from "./upstream.js";

/** What of a request decides how its response goes out. */
export interface Asked {
	readonly isHead: boolean;
	/** 0 or 1: HTTP/1.0 or HTTP/1.1. */
	readonly minor: number;
	/** An upgrade to this protocol was asked for; empty where none was. */
	readonly upgrade: string;
	/** 100 Continue went to the client. */
	continued: boolean;
	/** Whether 103 may pass: nginx takes one for the final answer and hangs its client. */
	readonly earlyHints: boolean;
	readonly grant: CorsGrant | null;
	/** Whether the client's connection can carry another request after this one. */
	mayPersist(): boolean;
}

const NOTHING = Buffer.alloc(0);
const CHUNKED = "Transfer-Encoding: chunked\r\n";
const LAST_CHUNK = "0\r\n\r\n";
const END_OF_HEAD = "\r\n\r\n";

/** Carries one response from the container to the client: interim heads, the head, the body under its framing. */
export class ResponseRelay {
	/** The final head, once it has come. */
	head: ResponseHead | null = null;
	/** The container agreed to the upgrade: what follows is not HTTP. */
	switched = false;
	done = false;
	/** Whether the container has sent anything at all. */
	begun = false;
	persistent = false;
	bodyBytes = 0;
	/** Whether the client can tell a cut body by the framing that it was given. */
	showsCut = true;
	private interim = 0;
	private partial: Buffer | null = null;
	private body: Body | null = null;
	private coding: "as it came" | "content only" | "into chunks" = "as it came";

	constructor(
		private readonly client: ClientSide,
		private readonly asked: Asked,
		private readonly rules: ResponseRules,
	) {}

	/**
	 * Takes what the container sent.
	 * @param window what was just read, the upstream's own buffer
	 * @returns what of it does not belong to this response
	 * @throws {Refusal} where it is not HTTP or not clear
	 */
	take(upstream: Upstream, window: Buffer): Buffer {
		this.begun = true;
		const bytes =
			this.partial === null ? window : Buffer.concat([this.partial, window]);
		this.partial = null;
		const at =
			this.head === null
				? this.takeHeads(bytes === window ? upstream : null, bytes)
				: this.pass(upstream, "", bytes, 0);
		if (this.client.isBehind) upstream.buffer.keep();
		return at === bytes.length ? NOTHING : bytes.subarray(at);
	}

	/** The container's FIN. @returns whether the response is whole */
	end(): boolean {
		if (!(this.body instanceof UntilCloseBody)) return this.done;
		if (this.coding === "into chunks") this.client.write(LAST_CHUNK);
		this.done = true;
		return true;
	}

	/** Interim heads, then the final one with as much of its body as is here. upstream: where bytes are its own buffer. */
	private takeHeads(upstream: Upstream | null, bytes: Buffer): number {
		let at = 0;
		while (at < bytes.length) {
			const headEnd = this.endOfHead(bytes, at);
			if (headEnd < 0) return bytes.length;
			const head = parseResponseHead(bytes.toString("latin1", at, headEnd));
			at = headEnd;
			if (head.status === 101) {
				this.switchProtocols(head);
				return at;
			}
			if (head.status >= 200) {
				this.head = head;
				return this.pass(upstream, this.frame(head), bytes, at);
			}
			this.passInterim(head);
		}
		return at;
	}

	/** The index behind a complete head; -1 where it is not, and what is here was put aside. */
	private endOfHead(bytes: Buffer, at: number): number {
		const found = bytes.indexOf(END_OF_HEAD, at, "latin1");
		const headEnd = found < 0 ? -1 : found + END_OF_HEAD.length;
		if ((found < 0 ? bytes.length : headEnd) - at > RESPONSE_HEAD_BYTES)
			throw new Refusal("badAnswer", "response head too large");
		if (found >= 0) return headEnd;
		const version = "HTTP/1.";
		const start = bytes.toString("latin1", at, at + version.length);
		if (!version.startsWith(start))
			throw new Refusal("badAnswer", "status line");
		refuseControlBytes(bytes, at);
		this.partial = Buffer.from(bytes.subarray(at));
		return -1;
	}

	private switchProtocols(head: ResponseHead): void {
		if (this.asked.upgrade === "" || head.upgrade !== this.asked.upgrade)
			throw new Refusal("badAnswer", "101 that was not asked for");
		this.head = head;
		this.switched = true;
		const fields = responseFields(head, this.asked.grant, this.rules);
		this.client.write(
			`${statusLine(head)}${fields}Connection: Upgrade\r\nUpgrade: ${head.upgrade}\r\n\r\n`,
		);
	}

	/** RFC 9110 15.2: interim responses go to HTTP/1.1 clients only. */
	private passInterim(head: ResponseHead): void {
		if (++this.interim > INTERIM_RESPONSES)
			throw new Refusal("badAnswer", "too many interim responses");
		if (this.asked.minor === 0) return;
		if (head.status === 103 && !this.asked.earlyHints) return;
		if (head.status === 100) this.asked.continued = true;
		const fields = responseFields(head, null, this.rules);
		this.client.write(`${statusLine(head)}${fields}\r\n`);
	}

	/** Decides the framing of the final response on both sides (RFC 9112 6.3). @returns its head as it goes out */
	private frame(head: ResponseHead): string {
		const { asked } = this;
		const bodyless = asked.isHead || head.status === 204 || head.status === 304;
		if (bodyless) this.body = null;
		else if (head.chunked) this.body = new ChunkedBody();
		else if (head.length >= 0)
			this.body = head.length > 0 ? new LengthBody(head.length) : null;
		else this.body = new UntilCloseBody();
		this.done = this.body === null;
		let chunks = head.chunked && !bodyless;
		if (asked.minor === 0) {
			chunks = false;
			if (head.chunked) this.coding = "content only";
			this.showsCut = head.length >= 0;
		} else if (this.body instanceof UntilCloseBody) {
			chunks = true;
			this.coding = "into chunks";
		}
		const delimited = asked.minor === 1 || bodyless || head.length >= 0;
		this.persistent = delimited && asked.mayPersist();
		return `${statusLine(head)}${responseFields(head, asked.grant, this.rules)}${chunks ? CHUNKED : ""}${connectionLine(this.persistent, asked.minor)}\r\n`;
	}

	/** Sends lead, then what of the body is in bytes from `at`. @returns the index behind the body's last byte */
	private pass(
		upstream: Upstream | null,
		lead: string,
		bytes: Buffer,
		at: number,
	): number {
		const { body, client } = this;
		if (body === null || at === bytes.length) {
			if (lead !== "") client.write(lead);
			return at;
		}
		client.cork();
		let text = lead;
		const send = (from: number, to: number) => {
			this.bodyBytes += to - from;
			sendBehind(client, text, upstream, bytes.subarray(from, to), from);
			text = "";
		};
		const contentOnly = this.coding === "content only";
		const end = body.take(
			bytes,
			at,
			bytes.length,
			contentOnly ? send : undefined,
		);
		if (this.coding === "into chunks") {
			text += `${(end - at).toString(16)}\r\n`;
			send(at, end);
			client.write("\r\n");
		} else if (!contentOnly) {
			if (body.passed > at || text !== "") send(at, body.passed);
			if (body.tail !== "") client.write(body.tail);
		} else if (text !== "") client.write(text);
		client.uncork();
		this.done = body.done;
		return end;
	}
}

/** In the upstream's own buffer the text goes right in front of the content, over bytes that were read: one write for both. */
function sendBehind(
	client: ClientSide,
	text: string,
	upstream: Upstream | null,
	content: Buffer,
	from: number,
): void {
	if (text === "") {
		client.write(content);
		return;
	}
	const whole =
		upstream?.buffer.prefixed(text, from, from + content.length) ?? null;
	if (whole !== null) {
		client.write(whole);
		return;
	}
	client.write(text);
	client.write(content);
}

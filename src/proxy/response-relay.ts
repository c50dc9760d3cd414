import {
	type Body,
	ChunkedBody,
	LengthBody,
	UntilCloseBody,
} from "../http1/body.js";
import { type Field, NO_FIELDS } from "../http1/fields.js";
import { Refusal } from "../http1/refusal.js";
import { INTERIM_RESPONSES } from "../limits.js";
import { isBoundaryTrailer } from "../routing/boundary.js";
import {
	type ContainerHead,
	clientHead,
	clientLines,
	commandsIn,
	deriveFrom,
	type ResponseRules,
	type ResponseTo,
} from "../routing/client-response.js";
import type { ClientSide } from "./client-side.js";
import type { ReadBuffer } from "./read-buffers.js";
import type { Upstream } from "./upstream.js";

/** What of a request decides how its response goes out. */
export interface Asked extends ResponseTo {
	readonly isHead: boolean;
	/** 0 or 1: HTTP/1.0 or HTTP/1.1. */
	readonly minor: number;
	/** An upgrade to this protocol was asked for; empty where none was. */
	readonly upgrade: string;
	/** 100 Continue went to the client. */
	continued: boolean;
	/** Whether 103 may pass: nginx takes one for the final answer and hangs its client. */
	readonly earlyHints: boolean;
	/** Whether the client's connection can carry another request after this one. */
	mayPersist(): boolean;
}

const NOTHING = Buffer.alloc(0);
const LAST_CHUNK = "0\r\n\r\n";

/** Carries one response from the container to the client: interim heads, the head, the body under its framing. */
export class ResponseRelay {
	/** The final head, once it has come. */
	head: ContainerHead | null = null;
	/** The container agreed to the upgrade: what follows is not HTTP. */
	switched = false;
	done = false;
	/** The final head is on its way to the client. */
	headSent = false;
	/** Whether the container has sent anything at all. */
	begun = false;
	persistent = false;
	bodyBytes = 0;
	/** Whether the client can tell a cut body by the framing that it was given. */
	showsCut = true;
	/** What the container said to a front proxy, in all heads and trailers so far. */
	commands: readonly Field[] = NO_FIELDS;
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
				? this.takeHeads(
						upstream,
						bytes,
						bytes === window ? upstream.buffer : null,
					)
				: this.pass(null, NOTHING, bytes, 0);
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

	/** Interim heads, then the final one with as much of its body as is here. buffer: where bytes are the upstream's own. */
	private takeHeads(
		upstream: Upstream,
		bytes: Buffer,
		buffer: ReadBuffer | null,
	): number {
		let at = 0;
		while (at < bytes.length) {
			const read = upstream.heads.read(bytes, at);
			if (read === undefined) {
				this.partial = Buffer.from(bytes.subarray(at));
				return bytes.length;
			}
			const { head, end } = read;
			const { commands } = deriveFrom(head, this.rules);
			if (commands.length > 0) this.note(commands);
			at = end;
			if (head.status === 101) {
				this.switchProtocols(head);
				return at;
			}
			if (head.status >= 200) {
				this.head = head;
				return this.pass(buffer, this.frame(head), bytes, at);
			}
			this.passInterim(head);
		}
		return at;
	}

	private note(commands: readonly Field[]): void {
		this.commands = [...this.commands, ...commands];
	}

	private switchProtocols(head: ContainerHead): void {
		if (this.asked.upgrade === "" || head.upgrade !== this.asked.upgrade)
			throw new Refusal("badAnswer", "101 that was not asked for");
		this.head = head;
		this.switched = true;
		const lines = clientLines(head, undefined, this.rules, this.asked.ownPath);
		this.client.write(
			`${lines}Connection: Upgrade\r\nUpgrade: ${head.upgrade}\r\n\r\n`,
		);
	}

	/** RFC 9110 15.2: interim responses go to HTTP/1.1 clients only. */
	private passInterim(head: ContainerHead): void {
		if (++this.interim > INTERIM_RESPONSES)
			throw new Refusal("badAnswer", "too many interim responses");
		if (this.asked.minor === 0) return;
		if (head.status === 103 && !this.asked.earlyHints) return;
		if (head.status === 100) this.asked.continued = true;
		const lines = clientLines(head, undefined, this.rules, this.asked.ownPath);
		this.client.write(`${lines}\r\n`);
	}

	/** Decides the framing of the final response on both sides (RFC 9112 6.3). @returns its head as it goes out */
	private frame(head: ContainerHead): Buffer {
		const { asked } = this;
		const bodyless = asked.isHead || head.status === 204 || head.status === 304;
		if (bodyless) this.body = null;
		else if (head.chunked) this.body = new ChunkedBody(isBoundaryTrailer);
		else if (head.length >= 0)
			this.body = head.length > 0 ? new LengthBody(head.length) : null;
		else this.body = new UntilCloseBody();
		this.done = this.body === null;
		let chunked = head.chunked && !bodyless;
		if (asked.minor === 0) {
			chunked = false;
			if (head.chunked) this.coding = "content only";
			this.showsCut = head.length >= 0;
		} else if (this.body instanceof UntilCloseBody) {
			chunked = true;
			this.coding = "into chunks";
		}
		const delimited = asked.minor === 1 || bodyless || head.length >= 0;
		this.persistent = delimited && asked.mayPersist();
		const { persistent } = this;
		const form = { chunked, persistent, minor: asked.minor };
		return clientHead(head, form, this.rules, asked);
	}

	/** Sends lead, then what of the body is in bytes from `at`. @returns the index behind the body's last byte */
	private pass(
		buffer: ReadBuffer | null,
		lead: Buffer,
		bytes: Buffer,
		at: number,
	): number {
		const { body } = this;
		if (body === null || at === bytes.length) {
			this.headSent = true;
			if (lead.length > 0) this.client.write(lead);
			return at;
		}
		const end =
			this.coding === "as it came"
				? this.passAsItCame(body, buffer, lead, bytes, at)
				: this.recode(body, lead, bytes, at);
		this.bodyBytes += end - at;
		this.done = body.isDone;
		if (body instanceof ChunkedBody && body.dropped.length > 0)
			this.note(commandsIn(body.dropped, this.rules.boundary));
		return end;
	}

	private recode(body: Body, lead: Buffer, bytes: Buffer, at: number): number {
		const { client } = this;
		const chunks = this.coding === "into chunks";
		client.cork();
		this.headSent = true;
		if (lead.length > 0) client.write(lead);
		const end = body.take(bytes, at, bytes.length, (from, to) => {
			if (chunks) client.write(`${(to - from).toString(16)}\r\n`);
			client.write(bytes.subarray(from, to));
			if (chunks) client.write("\r\n");
		});
		client.uncork();
		return end;
	}

	/** In the upstream's own buffer the head goes right in front of the content: one write for both. */
	private passAsItCame(
		body: Body,
		buffer: ReadBuffer | null,
		lead: Buffer,
		bytes: Buffer,
		at: number,
	): number {
		const { client } = this;
		const end = body.take(bytes, at, bytes.length);
		this.headSent = true;
		const whole = buffer?.prefixed(lead, at, body.passed);
		if (whole !== undefined && body.tail === "") {
			client.write(whole);
			return end;
		}
		client.cork();
		if (whole === undefined && lead.length > 0) client.write(lead);
		client.write(whole ?? bytes.subarray(at, body.passed));
		if (body.tail !== "") client.write(body.tail);
		client.uncork();
		return end;
	}
}

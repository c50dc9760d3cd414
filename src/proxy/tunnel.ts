import {
	COMPLETED,
	type ExchangeRecord,
	type Termination,
	terminationOf,
} from "../exchange-record.js";
import { HALF_CLOSED_MS, TCP_KEEP_ALIVE_MS } from "../limits.js";
import type { Admission } from "../tool-owners.js";
import type { Context } from "./context.js";
import type { Active, Pool } from "./pool.js";
import { after, type Timed } from "./socket.js";
import type { Upstream, UpstreamUser } from "./upstream.js";
import type { UpstreamError } from "./upstream-error.js";

/** The cause that the log gives for exchanges and tunnels that a shutdown ends. */
export const SHUTDOWN = "the daemon shuts down";

/** A client's connection as a tunnel uses it. */
export interface TunnelClient {
	/** Whether bytes written before are still waiting: their buffer must not be written to. */
	readonly isBehind: boolean;
	/** @returns false if the client has not taken all bytes yet: wait for onClientDrain */
	write(data: string | Buffer): boolean;
	/** Protects the bytes of the last read, which are not written yet, from being overwritten by the next read. */
	keepRead(): void;
	/** The kept bytes have been written. */
	releaseRead(): void;
	pause(): void;
	resume(): void;
	/** Sends our FIN after the written bytes: a half-close. */
	end(): void;
	/** Ends the connection at once; reset: so that the client does not take a cut response for a complete one. */
	abort(reset: boolean): void;
	keepAliveEvery(milliseconds: number): void;
	/** From now on every byte belongs to the tunnel. */
	becomeTunnel(tunnel: Tunnel): void;
}

/**
 * Two connections after 101: bytes pass both ways, unread. It owns the upstream connection; the client's socket stays the
 * client connection's. A FIN is passed on, and then the other side has HALF_CLOSED_MS.
 */
export class Tunnel implements UpstreamUser, Active, Timed {
	readonly kind = "tunnel";
	deadline = Number.POSITIVE_INFINITY;
	index = -1;
	readonly #context: Context;
	readonly #client: TunnelClient;
	readonly #upstream: Upstream;
	readonly #pool: Pool;
	readonly record: ExchangeRecord;
	readonly admission: Admission | undefined;
	/** gone: its connection is gone after its FIN, and its last bytes are still to be written to the container. */
	#clientSide: "open" | "ended" | "gone" = "open";
	#containerSide: "open" | "ended" = "open";
	#isOver = false;

	/** Takes the upstream connection over: the tunnel must destroy it. */
	constructor(
		context: Context,
		client: TunnelClient,
		{ upstream, pool }: { upstream: Upstream; pool: Pool },
		{ record, admission }: Pick<Active, "record" | "admission">,
	) {
		this.#context = context;
		this.#client = client;
		this.#upstream = upstream;
		this.#pool = pool;
		this.record = record;
		this.admission = admission;
	}

	/** first: the container's bytes right after its 101. */
	start(first: Buffer): void {
		this.#upstream.user = this;
		this.#upstream.heads.forget();
		this.#upstream.buffer.becomeTunnel();
		this.#pool.enter(this);
		this.#context.clock.add(this);
		this.#client.keepAliveEvery(TCP_KEEP_ALIVE_MS);
		if (first.length > 0) this.onBytes(first);
		this.#client.becomeTunnel(this);
		// The drain ended all tunnels before this one existed.
		if (this.#context.areTunnelsOver) this.shutDown();
	}

	onClientBytes(bytes: Buffer): void {
		this.record.bytesFromClient += bytes.length;
		if (!this.#upstream.write(bytes)) this.#client.pause();
		if (this.#upstream.isBehind) this.#client.keepRead();
	}

	onBytes(bytes: Buffer): void {
		if (this.#clientSide === "gone") return;
		this.record.bytesToClient += bytes.length;
		if (!this.#client.write(bytes)) this.#upstream.pause();
		if (this.#client.isBehind) this.#upstream.buffer.keep();
	}

	onDrain(): void {
		this.#client.releaseRead();
		this.#client.resume();
	}

	onClientDrain(): void {
		this.#upstream.buffer.release();
		this.#upstream.resume();
	}

	onConnected(): void {}

	onEnd(): void {
		this.#containerSide = "ended";
		this.#client.end();
		this.deadline = after(HALF_CLOSED_MS);
	}

	/** The client will send no more. */
	onClientEnd(): void {
		this.#clientSide = "ended";
		this.#upstream.end();
		this.deadline = after(HALF_CLOSED_MS);
	}

	/**
	 * The container's last bytes before its FIN may still be on their way to the client, which then has a deadline. In the
	 * meantime the client's bytes are read and discarded, so that its FIN is noticed.
	 */
	onLost({ cause }: UpstreamError): void {
		const hasContainerEnded = this.#containerSide === "ended";
		const isClientGone = this.#clientSide === "gone";
		if (hasContainerEnded && !isClientGone && this.#client.isBehind)
			this.#client.resume();
		else if (hasContainerEnded) this.#finishByClient(cause);
		else {
			this.record.fault = "targetMissing";
			this.#finish(terminationOf("container", "tunnel"), cause);
		}
	}

	/** As onLost, with the sides exchanged. */
	onClientGone(): void {
		if (this.#clientSide === "ended" && this.#upstream.isBehind) {
			this.#clientSide = "gone";
			this.#upstream.resume();
		} else this.#finishByClient("client gone");
	}

	onWithdrawn(reason: string): void {
		this.#finish(terminationOf("daemon", "tunnel"), reason);
	}

	/** The drain's time for tunnels is over. */
	shutDown(): void {
		this.#context.cut.tunnels++;
		this.onWithdrawn(SHUTDOWN);
	}

	expire(): void {
		const isContainerLate = this.#clientSide !== "open";
		const by = isContainerLate ? "containerTimeout" : "clientTimeout";
		const termination = terminationOf(by, "tunnel");
		this.#finish(termination, "the other side did not end");
	}

	onDefect(error: unknown): void {
		this.#context.internalFault(error);
		this.#finish(terminationOf("defect", "tunnel"), "internal fault");
	}

	/** Ended by the client, or by nobody if both sides have sent their FIN. */
	#finishByClient(cause: string): void {
		if (this.#clientSide !== "open" && this.#containerSide === "ended")
			this.#finish(COMPLETED, "");
		else this.#finish(terminationOf("client", "tunnel"), cause);
	}

	#finish(termination: Termination, cause: string): void {
		if (this.#isOver) return;
		this.#isOver = true;
		this.#context.clock.delete(this);
		const { record } = this;
		record.endedAt = performance.now();
		this.#pool.leave(this, true, record.endedAt);
		this.#upstream.destroy();
		this.#client.abort(false);
		record.termination = termination;
		record.cause = cause;
		this.#context.observe(record);
	}
}

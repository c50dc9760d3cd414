import {
	COMPLETED,
	type ExchangeRecord,
	type Termination,
	terminationOf,
} from "../exchange-record.js";
import type { FaultCode } from "../faults.js";
import { HALF_CLOSED_MS, TCP_KEEP_ALIVE_MS } from "../limits.js";
import type { ClientSide, ClientTunnel } from "./client-side.js";
import type { Context } from "./context.js";
import type { Active, Pool } from "./pool.js";
import { after, type Timed } from "./socket.js";
import type { Upstream, UpstreamUser } from "./upstream.js";
import type { UpstreamError } from "./upstream-error.js";

/**
 * Two connections after 101: bytes pass both ways, nobody looks at them. It owns the upstream connection; the client's
 * socket stays the client connection's. A FIN is passed on, and then the other side has HALF_CLOSED_MS.
 */
export class Tunnel implements ClientTunnel, UpstreamUser, Active, Timed {
	deadline = Number.POSITIVE_INFINITY;
	place = -1;
	private readonly upstream: Upstream;
	private readonly pool: Pool;
	private clientEnded = false;
	private upstreamEnded = false;
	private clientGone = false;
	private over = false;

	constructor(
		private readonly context: Context,
		private readonly client: ClientSide,
		{ upstream, pool }: { upstream: Upstream; pool: Pool },
		private readonly record: ExchangeRecord,
	) {
		this.upstream = upstream;
		this.pool = pool;
	}

	get isTunnel(): boolean {
		return true;
	}

	get bytesFromClient(): number {
		return this.record.bytesFromClient;
	}

	get bytesToClient(): number {
		return this.record.bytesToClient;
	}

	/** first: what the container sent right behind its 101. */
	start(first: Buffer): void {
		this.upstream.user = this;
		this.upstream.heads.forget();
		this.upstream.buffer.becomeTunnel();
		this.pool.enter(this);
		this.context.clock.add(this);
		this.client.keepAliveEvery(TCP_KEEP_ALIVE_MS);
		if (first.length > 0) this.onBytes(first);
		this.client.becomeTunnel(this);
		// Whoever ended the tunnels did not know of this one.
		if (this.context.draining) this.onWithdrawn("the daemon ends");
	}

	onClientBytes(bytes: Buffer): void {
		this.record.bytesFromClient += bytes.length;
		if (!this.upstream.write(bytes)) this.client.pause();
		if (this.upstream.isBehind) this.client.keepRead();
	}

	onBytes(bytes: Buffer): void {
		if (this.clientGone) return;
		this.record.bytesToClient += bytes.length;
		if (!this.client.write(bytes)) this.upstream.pause();
		if (this.client.isBehind) this.upstream.buffer.keep();
	}

	onDrain(): void {
		this.client.releaseRead();
		this.client.resume();
	}

	onClientDrain(): void {
		this.upstream.buffer.release();
		this.upstream.resume();
	}

	onConnected(): void {}

	onEnd(): void {
		this.upstreamEnded = true;
		this.client.end();
		this.halfClosed();
	}

	onClientEnd(): void {
		this.clientEnded = true;
		this.upstream.end();
		this.halfClosed();
	}

	private halfClosed(): void {
		this.deadline = after(HALF_CLOSED_MS);
	}

	/**
	 * What the container sent before its FIN may still be on its way to the client, whose time is running then. What the
	 * client sends meanwhile is read and thrown away, so that its end is seen.
	 */
	onLost({ cause }: UpstreamError): void {
		if (this.upstreamEnded && !this.clientGone && this.client.isBehind)
			this.client.resume();
		else if (this.clientEnded && this.upstreamEnded) this.finish(COMPLETED, "");
		else if (this.upstreamEnded)
			this.finish(terminationOf("client", "tunnel"), cause);
		else {
			this.record.fault = "targetMissing" satisfies FaultCode;
			this.finish(terminationOf("container", "tunnel"), cause);
		}
	}

	/** As onLost, the other way round. */
	onClientGone(): void {
		this.clientGone = true;
		if (this.clientEnded && this.upstream.isBehind) this.upstream.resume();
		else if (this.clientEnded && this.upstreamEnded) this.finish(COMPLETED, "");
		else this.finish(terminationOf("client", "tunnel"), "client gone");
	}

	onWithdrawn(reason: string): void {
		this.finish(terminationOf("daemon", "tunnel"), reason);
	}

	expire(): void {
		this.finish(
			this.clientEnded
				? terminationOf("containerTimeout", "tunnel")
				: terminationOf("clientTimeout", "tunnel"),
			"the other side did not end",
		);
	}

	fault(error: unknown): void {
		this.context.internalFault(error);
		this.finish(terminationOf("defect", "tunnel"), "internal fault");
	}

	private finish(termination: Termination, cause: string): void {
		if (this.over) return;
		this.over = true;
		this.context.clock.delete(this);
		this.record.endedAt = performance.now();
		this.pool.leave(this, true, this.record.endedAt);
		this.upstream.destroy();
		this.client.abort(false);
		this.record.termination = termination;
		this.record.cause = cause;
		this.context.observe(this.record);
	}
}

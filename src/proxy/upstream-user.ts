/** Who uses an upstream connection now, and is told what happens on it. */
export interface UpstreamUser {
	/** It can be written to. */
	onConnected(): void;
	/** The bytes are good until this returns, or longer after upstream.buffer.keep(). */
	onBytes(bytes: Buffer): void;
	/** The container will send no more. */
	onEnd(): void;
	/** The connection is gone: refused, reset, timed out. Nothing follows. */
	onLost(error: Error): void;
	/** What was written has gone out: more can follow. */
	onDrain(): void;
	/** This user's code threw. Both its sockets must end. */
	fault(error: unknown): void;
}

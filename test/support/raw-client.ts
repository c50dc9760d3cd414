import { once } from "node:events";
import { connect as dial } from "node:net";
import type { TestContext } from "node:test";
import { type RawResponse, readResponse } from "./message.js";
import { Wire } from "./wire.js";

/** A client that sends and sees raw bytes. */
export class RawClient extends Wire {
	/** Consumes exactly one response, interim ones (1xx) included. `head`: it answers a HEAD. */
	response(options: { head?: boolean } = {}): Promise<RawResponse> {
		return readResponse(this, options.head);
	}
}

interface ConnectOptions {
	host?: string;
	halfOpen?: boolean;
	localAddress?: string;
	path?: string;
}

/**
 * Connects to a port, by default of 127.0.0.1. `halfOpen`: the peer's FIN is not answered with ours, as a client does that
 * still has something to send. `localAddress`: from which it connects. `path`: to this unix socket. Closed after the test.
 */
export async function connect(
	t: TestContext,
	port: number,
	options: ConnectOptions = {},
): Promise<RawClient> {
	const socket = dial({
		port,
		host: options.host ?? "127.0.0.1",
		allowHalfOpen: options.halfOpen ?? false,
		...(options.localAddress && { localAddress: options.localAddress }),
		...(options.path && { path: options.path }),
	});
	t.after(() => socket.destroy());
	await once(socket, "connect");
	return new RawClient(socket);
}

import type { RawClient } from "../../support/client.js";
import type { Answer, Backend } from "../../support/container.js";

const BEGIN = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no";
const END = "k";

/** A container answers /held in part, and all other requests. */
export const exceptHeld: Answer = ({ target }) =>
	target === "/held" ? BEGIN : BEGIN + END;

/**
 * Sends each client's request for /held, and finishes the answers, in order, once all have begun: the container serves
 * several connections at a time. Otherwise the proxy would close idle connections beside a new one on which nothing comes
 * for a few milliseconds, which happens on a busy machine.
 */
export async function serveTogether(
	container: Backend,
	asked: readonly (readonly [client: RawClient, held: string])[],
): Promise<void> {
	for (const [client, held] of asked) await client.send(held).until(/\r\no$/);
	for (const [index, [client]] of asked.entries()) {
		container.connections[index]?.send(END);
		await client.response();
	}
}

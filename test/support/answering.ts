import type { TestContext } from "node:test";
import {
	type Backend,
	type BackendConnection,
	startBackend,
} from "./backend.js";
import type { RawRequest } from "./message.js";
import { Changes } from "./wait.js";

export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A container that answers. */
export interface Answering extends Backend {
	/** What it was asked, in order, over all its connections. */
	readonly requests: readonly RawRequest[];
	/** Waits for the n-th request, counted from 0. */
	request(index: number): Promise<RawRequest>;
}

/** A response that depends on the request; an empty one where it is sent on the connection itself, or later. */
export type Answer = (
	request: RawRequest,
	connection: BackendConnection,
) => string | Uint8Array;

/** A container that reads each request whole and answers it; its connections stay open until the proxy ends them. */
export async function startAnswering(
	t: TestContext,
	answer: string | Answer = OK,
): Promise<Answering> {
	const requests: RawRequest[] = [];
	const arrivals = new Changes();
	const backend = await startBackend(t, async (connection) => {
		for (;;) {
			const request = await connection.request();
			requests.push(request);
			arrivals.notify();
			const text =
				typeof answer === "string" ? answer : answer(request, connection);
			if (text.length > 0) connection.send(text);
		}
	});
	return {
		...backend,
		requests,
		request: (index) =>
			arrivals.wait(
				`request ${index}`,
				() => requests[index],
				() => `${requests.length} requests`,
			),
	};
}

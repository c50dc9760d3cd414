import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { scratchFolder } from "../support/folders.js";

/** Calls `handle` twice, each time within the handling of an event, both events of one poll of the event loop. */
export function pollOfTwo(t: TestContext, handle: () => void): Promise<void> {
	return pollOf(t, 2, handle);
}

/** The same for more events; no poll takes more than 1,024. */
export async function pollOf(
	t: TestContext,
	count: number,
	handle: () => void,
): Promise<void> {
	// A busy machine may deliver TCP's segments late, one after the other; what is written to a unix socket is there at once.
	const path = join(scratchFolder(t), "socket");
	const server = createServer().listen(path);
	t.after(() => server.close());
	await once(server, "listening");
	const pairs: [client: Socket, accepted: Socket][] = [];
	while (pairs.length < count) pairs.push(await pairOf(server, path));
	const read = pairs.map(async ([, accepted]) => {
		accepted.once("data", handle);
		await once(accepted, "data");
	});
	// Both are there before the loop asks what is.
	for (const [client] of pairs) client.write("x");
	await Promise.all(read);
	for (const [client] of pairs) client.destroy();
}

async function pairOf(
	server: ReturnType<typeof createServer>,
	path: string,
): Promise<[client: Socket, accepted: Socket]> {
	const accepting = once(server, "connection");
	const client = connect(path);
	const [accepted] = (await accepting) as [Socket];
	// Paused so far, it would be read only from the next turn on.
	accepted.resume();
	await once(client, "ready");
	await new Promise((resolve) => setImmediate(resolve));
	return [client, accepted];
}

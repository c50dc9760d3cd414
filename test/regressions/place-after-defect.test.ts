import { test } from "node:test";
import { COOKIE, head } from "../support/client.js";
import { startRawChain } from "../support/proxy.js";
import { within } from "../support/wait.js";
import { ONE_PROCESS } from "../support/workers.js";

// A defect while a client left kept its place among the clients for as long as the daemon ran.
test("a client that is gone has no place, even if an observer of its exchange throws", {
	skip: ONE_PROCESS,
}, async (t) => {
	const { client, proxy, container } = await startRawChain(t, undefined, {
		mayFault: true,
		drainTimeoutMs: 0,
	});
	proxy.proxy.use({
		observe: () => {
			throw new Error("provoked");
		},
	});
	client.send(head("GET / HTTP/1.1", "Host: x", COOKIE));
	await container.connection(0);
	client.socket.destroy();
	const drained = proxy.proxy.drain();
	await within("an end", drained, () => JSON.stringify(proxy.proxy.load()));
});

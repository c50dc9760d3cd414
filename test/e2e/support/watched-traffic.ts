import type { TestContext } from "node:test";
import { startWatched, type Watched } from "../../support/admin.js";
import { connect, request, upgrade } from "../../support/client.js";
import { startHttpBackend } from "../../support/container.js";

/** A daemon with its admin listener, this many sessions, and a share of them failing or open. */
export async function startTraffic(
	t: TestContext,
	count: number,
	args: string[] = [],
): Promise<Watched & { visitAll(): Promise<void> }> {
	const container = await startHttpBackend(t, (_, response) => {
		response.end("x".repeat(1000));
	});
	container.server.on("upgrade", (_, socket) => {
		socket.write(
			"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
		);
	});
	const { host, port } = container;
	const keys = Array.from({ length: count }, (_, at) => `key-${at}`);
	const sessions = Object.fromEntries(
		keys.map((key, at) => [key, { host, port: at % 10 === 9 ? 1 : port }]),
	);
	const watched = await startWatched(t, {
		args,
		sessions: { ...sessions, early: { host: null, port: -8888 } },
	});
	const ask = async (text: string, key: string) => {
		const client = await connect(t, watched.daemon.port);
		await client.send(text.replace("=abc", `=${key}`)).response();
		return client;
	};
	for (const key of keys.slice(0, 3)) await ask(upgrade(), key);
	const visitAll = async () => {
		for (const key of [...keys, "early", "stranger"])
			(await ask(request("GET /"), key)).destroy();
	};
	await visitAll();
	return { ...watched, visitAll };
}

import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** Linux assigns the ports from 32768 on to servers that ask for any port and to outgoing connections. */
const PORTS = [15_000, 32_000] as const;

/** Of these, a process takes so many at a time for itself alone. */
const BLOCK = 50;

/** The ports of this process that freePort has not looked at yet. */
let untried: number[] = [];

/** The calls that need a new block at the same time share one. */
let taking: Promise<void> | undefined;

/**
 * A port that was free a moment ago, for programs that cannot choose one; no test gets it again while this process lives, even
 * while its server restarts. The system assigns it neither to a server that asks for any port nor to the connections that test
 * whether it is in use, which could connect to themselves.
 */
export async function freePort(): Promise<number> {
	for (;;) {
		const port = untried.shift();
		if (port === undefined) {
			taking ??= takeBlock().finally(() => {
				taking = undefined;
			});
			await taking;
			continue;
		}
		const server = await listenOn(port);
		if (server === undefined) continue;
		server.close();
		await once(server, "close");
		return port;
	}
}

/** This process listens on the first port of its block until it ends, so that no other one takes the block. */
async function takeBlock(): Promise<void> {
	const [from, to] = PORTS;
	const blocks = (to - from) / BLOCK;
	const begin = randomInt(blocks);
	for (let tried = 0; tried < blocks; tried++) {
		const first = from + BLOCK * ((begin + tried) % blocks);
		const server = await listenOn(first);
		if (server === undefined) continue;
		server.unref();
		untried = Array.from({ length: BLOCK - 1 }, (_, n) => first + 1 + n);
		return;
	}
	throw new Error(
		`all ports from ${from} to ${to - 1} are taken: end the servers that other tests left behind`,
	);
}

/** Undefined if the port is in use. */
async function listenOn(port: number): Promise<Server | undefined> {
	const server = createServer((socket) => socket.destroy());
	server.listen(port, "0.0.0.0");
	try {
		await once(server, "listening");
		return server;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
		return undefined;
	}
}

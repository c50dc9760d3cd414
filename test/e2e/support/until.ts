import type { ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";

const LOOK_AGAIN_MS = 25;

/** Milliseconds of a wait without a promised time: a busy machine starts Jupyter or Chromium in half of it. */
export const PATIENCE_MS = 120_000;

/** Linux assigns the ports from 32768 on to servers that ask for any port and to outgoing connections. */
const PORTS = [15_000, 32_000] as const;

/** Of these, a process takes so many at a time for itself alone. */
const BLOCK = 50;

export interface Wait {
	/** Milliseconds. */
	patience?: number;
	/** More text for the error. */
	soFar?: () => string;
}

/** Polls for a state that no event announces. Throws after its patience, naming the state. */
export async function until(
	what: string,
	isSo: () => boolean | Promise<boolean>,
	{ patience = PATIENCE_MS, soFar = () => "" }: Wait = {},
): Promise<void> {
	const giveUp = performance.now() + patience;
	while (!(await isSo())) {
		if (performance.now() > giveUp)
			throw new Error(`waited ${patience} ms for ${what}${soFar()}`);
		await pause(LOOK_AGAIN_MS);
	}
}

/** Whether something accepts connections there. */
export function isListening(
	port: number,
	host = "127.0.0.1",
): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, host);
		const answer = (yes: boolean) => {
			socket.destroy();
			resolve(yes);
		};
		socket.once("connect", () => answer(true));
		socket.once("error", () => answer(false));
	});
}

let [next, end] = [0, 0];

/**
 * A port that was free a moment ago, for programs that cannot choose one; no test gets it again while this process lives, even
 * while its server restarts. The system assigns it neither to a server that asks for any port nor to the connections that test
 * whether it is in use, which could connect to themselves.
 */
export async function freePort(): Promise<number> {
	for (;;) {
		if (next === end) {
			await takeBlock();
			continue;
		}
		const port = next++;
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
	while (next === end) {
		const first = from + BLOCK * randomInt((to - from) / BLOCK);
		const server = await listenOn(first);
		if (server === undefined) continue;
		server.unref();
		[next, end] = [first + 1, first + BLOCK];
	}
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

/** Reads a program's output line by line; the function throws at the end of the output. */
export function linesOf({ stdout }: ChildProcess): () => Promise<string> {
	const lines = createInterface({ input: stdout as Readable });
	const iterator = lines[Symbol.asyncIterator]();
	return async () => {
		const { done, value } = await iterator.next();
		if (done === true) throw new Error("the program has ended");
		return value;
	};
}

import type { ChildProcess } from "node:child_process";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";

const LOOK_AGAIN_MS = 25;

/** Milliseconds of a wait without a promised time: a busy machine starts Jupyter or Chromium in half of it. */
export const PATIENCE_MS = 120_000;

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

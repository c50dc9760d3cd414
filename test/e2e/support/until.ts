import { connect, createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const LOOK_AGAIN_MS = 25;

/** For what announces itself by no event: looks until it is so. Throws after `patience` milliseconds, saying what never came. */
export async function until(
	what: string,
	isSo: () => boolean | Promise<boolean>,
	patience = 30_000,
): Promise<void> {
	const giveUp = performance.now() + patience;
	while (!(await isSo())) {
		if (performance.now() > giveUp)
			throw new Error(`waited ${patience} ms in vain for ${what}`);
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

/** A port that was free a moment ago, for programs that must be told theirs. */
export function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer().once("error", reject);
		server.listen(0, "127.0.0.1", () => {
			const address = server.address();
			server.close(() =>
				resolve(typeof address === "object" && address ? address.port : 0),
			);
		});
	});
}

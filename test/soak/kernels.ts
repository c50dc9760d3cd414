import { once } from "node:events";
import type { WebSocket } from "ws";
import type { Browser } from "./browser.js";
import { bytesOf } from "./content.js";
import { pauseOr, type Work } from "./shift.js";

/** A kernel's channels, each a tunnel of its own, as notebooks before JupyterLab opened them. */
const CHANNELS = ["shell", "iopub", "stdin"];

/** Messages of one tunnel in the life of a kernel, and the milliseconds between two. */
const MESSAGES = 30;
const EVERY_MS = 150;

/** Milliseconds that a sleeping tab says nothing. */
const ASLEEP_MS = 5_000;

/** Bytes of messages, in turn. */
const SIZES = [10, 400, 125, 126, 3_000, 70_000, 1_000, 300_000];

/** Opens three tunnels, has messages echoed in each, and closes; every fourth time it leaves without a word. */
export function kernels(browser: Browser): Work {
	return (turn, pausing) => inAll({ browser, turn, pausing, asleepMs: 0 });
}

/** As kernels; between the messages the tab sleeps once, with the tunnels open. */
export function sleepingKernels(browser: Browser): Work {
	return (turn, pausing) =>
		inAll({ browser, turn, pausing, asleepMs: ASLEEP_MS });
}

interface Life {
	browser: Browser;
	turn: number;
	pausing: AbortSignal;
	asleepMs: number;
}

async function inAll(life: Life): Promise<void> {
	await Promise.all(CHANNELS.map((channel) => talk(channel, life)));
}

async function talk(channel: string, life: Life): Promise<void> {
	const { browser, turn, pausing, asleepMs } = life;
	const { session, tally } = browser;
	const allowed = session.asked();
	const socket = browser.openKernel(channel);
	try {
		const inbox = new Inbox(socket);
		const name = (await inbox.next()).toString();
		if (!allowed().has(name))
			tally.fail(`kernels: greeted by ${name} instead of ${[...allowed()]}`);
		for (let at = 0; at < MESSAGES && !pausing.aborted; at++) {
			const size = SIZES[(at + turn) % SIZES.length] as number;
			const message = bytesOf(`${session.key}${channel}${turn}-${at}`, size);
			socket.send(message);
			if (!(await inbox.next()).equals(message))
				tally.fail(`kernels: another message than the one sent to ${name}`);
			if (asleepMs > 0 && at === MESSAGES / 2) await pauseOr(asleepMs, pausing);
			await pauseOr(EVERY_MS, pausing);
		}
		if (turn % 4 === 3) socket.terminate();
		else socket.close(1000);
		if (socket.readyState !== socket.CLOSED) await once(socket, "close");
		tally.right("kernel tunnels");
	} catch (error) {
		socket.terminate();
		tally.judge("kernel tunnels", allowed(), error as Error, () => false);
	}
}

/** The messages that came, one after the other. */
class Inbox {
	#messages: Buffer[] = [];
	#look = (): void => {};
	#ended: Error | undefined;

	constructor(socket: WebSocket) {
		socket.on("message", (data) => {
			this.#messages.push(data as Buffer);
			this.#look();
		});
		socket.once("error", (error) => this.#end(error));
		socket.once("close", (code) => this.#end(new Error(`closed with ${code}`)));
	}

	/** @throws when the socket ended before */
	async next(): Promise<Buffer> {
		for (;;) {
			const message = this.#messages.shift();
			if (message !== undefined) return message;
			if (this.#ended) throw this.#ended;
			await new Promise<void>((resolve) => {
				this.#look = resolve;
			});
		}
	}

	#end(error: Error): void {
		this.#ended ??= error;
		this.#look();
	}
}

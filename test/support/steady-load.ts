import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { TestContext } from "node:test";
import { repository } from "./folders.js";
import { Changes, within } from "./wait.js";

/** "new": on a connection of its own; "kept": on one of the connections that stay open. */
export type LoadKind = "get-new" | "get-kept" | "post-new" | "post-kept";

export const LOAD_KINDS: readonly LoadKind[] = [
	"get-new",
	"get-kept",
	"post-new",
	"post-kept",
];

export interface LoadOptions {
	/** Where to connect: the daemon or a front proxy before it. */
	port: number;
	/** An address; by default 127.0.0.1. */
	address?: string;
	/** The Host field. */
	host?: string;
	cookie?: string;
	/** The requests' target, below which the container of startLoadContainer is. */
	path?: string;
	/** In place of path: each request has the next one of these. */
	paths?: readonly string[];
	/** Requests a second in all; each kind has an equal share. */
	rate?: number;
	/** Kept connections, and at most so many new ones at a time. */
	connections?: number;
	kinds?: readonly LoadKind[];
	/** Of the first request; the next one has the next number. By default 1. */
	firstNumber?: number;
	/** Tunnels that echo ten times a second, besides. */
	tunnels?: number;
}

/** The counts so far; `lost` + `answered` = `sent` at the end. */
export interface LoadCounts {
	sent: number;
	answered: number;
	/** Of the answered ones: after more than a second. */
	late: number;
	/** Without the right answer: an error, an end, or anything else than the container's answer to this request. */
	lost: number;
	/** Of the lost ones: 200 with another answer than this request's. */
	wrong: number;
	/** Not sent, because this machine or the other side was too slow for the rate. */
	skipped: number;
	tunnels: { open: number; echoed: number; cut: number };
}

export interface LoadResult extends LoadCounts {
	seconds: number;
	/** Milliseconds. */
	latency: { p50: number; p99: number; longest: number };
	/** The first ones; when each was lost and sent, as in the log. A tunnel is sent at 0. */
	losses: {
		at: number;
		sent: number;
		kind: LoadKind | "tunnel";
		/** Of the request; the container of a POST knows it. A tunnel has none. */
		number?: string;
		reason: string;
	}[];
}

/** A container that the load's requests reach through the proxy, in a process of its own. Ended after the test. */
export async function startLoadContainer(
	t: TestContext,
	host = "127.0.0.1",
): Promise<{ host: string; port: number }> {
	const { lines } = run(t, "steady-load-container.mjs", host);
	const [port] = await once(lines, "line");
	return { host, port: Number(port) };
}

/**
 * Sends requests at a steady rate from a process of its own; it repeats none, obeys `Connection: close`, and sends nothing
 * on a connection whose FIN it has seen. Resolves once the tunnels are open and the first request was answered.
 */
export async function startLoad(
	t: TestContext,
	options: LoadOptions,
): Promise<Load> {
	const { child, lines } = run(t, "steady-load-client.mjs");
	const { port, address = "127.0.0.1", ...others } = options;
	const given = {
		to: { port, host: address },
		host: "galaxy.example",
		cookie: "galaxysession=abc",
		path: "/load",
		rate: 2_000,
		connections: 64,
		kinds: LOAD_KINDS,
		tunnels: 0,
		...others,
	};
	child.stdin.write(`${JSON.stringify(given)}\n`);
	const load = new Load(child, lines);
	await load.until(1);
	return load;
}

/** A running load. */
export class Load {
	/** A few milliseconds old. */
	counts: LoadCounts = {
		sent: 0,
		answered: 0,
		late: 0,
		lost: 0,
		wrong: 0,
		skipped: 0,
		tunnels: { open: 0, echoed: 0, cut: 0 },
	};
	#child: Generator;
	#changes = new Changes();
	#result: Promise<LoadResult>;

	constructor(child: Generator, lines: Interface) {
		this.#child = child;
		this.#result = new Promise((resolve, reject) => {
			lines.on("line", (line) => {
				const { isLast, ...counts } = JSON.parse(line);
				this.counts = counts;
				this.#changes.notify();
				if (isLast) resolve(counts);
			});
			lines.once("close", () => reject(new Error("the load ended by itself")));
		});
		// Whoever stops the load learns of it.
		this.#result.catch(() => {});
	}

	/** Waits until `count` more requests than now have their answer. */
	async until(count: number): Promise<void> {
		const end = this.counts.answered + count;
		// Each hundred is a wait of its own: on a slow machine thousands take longer.
		for (let next = this.counts.answered; next < end; ) {
			next = Math.min(end, next + 100);
			await this.#changes.wait(
				`${next} answers of ${end}`,
				() => (this.counts.answered >= next ? true : undefined),
				() => JSON.stringify(this.counts),
			);
		}
	}

	/** Sends no more, waits for the answers that are still out, and tells what became of all requests. */
	async stop(): Promise<LoadResult> {
		this.#child.stdin.end();
		return await within("the load's result", this.#result, () =>
			JSON.stringify(this.counts),
		);
	}
}

type Generator = ChildProcessByStdio<Writable, Readable, null>;

function run(t: TestContext, program: string, ...words: string[]) {
	const path = join(repository, "test", "support", program);
	const child = spawn(process.execPath, [path, ...words], {
		stdio: ["pipe", "pipe", "inherit"],
	});
	t.after(() => child.kill("SIGKILL"));
	// It may have ended when it is told to.
	child.stdin.on("error", () => {});
	return { child, lines: createInterface(child.stdout) };
}

import { once } from "node:events";
import { sessionLabel } from "../../src/log/session-label.js";
import type { Daemon, LogLine } from "../support/daemon.js";
import { GUARD_MS } from "../support/wait.js";
import { GOOD } from "./peer.js";

/** Milliseconds: half-closed tunnels take half a minute. */
const PATIENCE_MS = 3 * GUARD_MS;

/** The log lines of hostile peers, without their good requests and the bystanders' requests. */
export class PeersLog {
	#lines: LogLine[] = [];
	#next: number;
	readonly #sessions = new Set<unknown>();
	readonly #others: ReadonlySet<unknown>;
	readonly #daemon: Daemon;

	constructor(daemon: Daemon, bystanders: readonly string[]) {
		this.#daemon = daemon;
		this.#next = daemon.lines.length;
		this.#others = new Set(bystanders.map(sessionLabel));
		// Each peer that waits for its line listens.
		daemon.child.stdout.setMaxListeners(0);
		daemon.child.stdout.on("data", () => this.#read());
	}

	/** Forgets the lines of another kind. */
	begin(): void {
		this.#lines = [];
		this.#sessions.clear();
	}

	/** Waits until there is a line of this session. */
	async settled(key: string): Promise<void> {
		const label = sessionLabel(key);
		await this.#wait(`a line of ${key}`, () => this.#sessions.has(label));
	}

	/** Waits for so many lines; path: of requests for it alone. @returns all that there are */
	async until(count: number, path: string | null): Promise<LogLine[]> {
		const isOne = (line: LogLine) => path === null || line.path === path;
		const isSo = () => this.#lines.filter(isOne).length >= count;
		await this.#wait(`${count} lines`, isSo);
		return this.#lines;
	}

	#read(): void {
		for (const line of this.#daemon.lines.slice(this.#next)) {
			const { msg, path, session } = line;
			if (msg !== "exchange" || path === GOOD || this.#others.has(session))
				continue;
			this.#lines.push(line);
			this.#sessions.add(session);
		}
		this.#next = this.#daemon.lines.length;
	}

	async #wait(what: string, isSo: () => boolean): Promise<void> {
		const signal = AbortSignal.timeout(PATIENCE_MS);
		while (!isSo())
			await once(this.#daemon.child.stdout, "data", { signal }).catch(
				(cause) => {
					throw new Error(`waited for ${what}`, { cause });
				},
			);
	}
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { TestContext } from "node:test";
import type { LogLine } from "./daemon.js";
import { repository } from "./folders.js";
import { Changes } from "./wait.js";

/** A log file that may not exist yet. */
export class LogFile {
	readonly #path: string;
	readonly #changes = new Changes();

	constructor(t: TestContext, path: string) {
		this.#path = path;
		const watcher = watch(dirname(path), () => this.#changes.notify());
		t.after(() => watcher.close());
	}

	/** Complete lines only. @throws where one is not JSON */
	get lines(): LogLine[] {
		return this.#text.split("\n").slice(0, -1).map(parse);
	}

	/** Waits until so many lines fulfil it. */
	async has(count: number, isIt: (line: LogLine) => boolean): Promise<LogLine> {
		return await this.#changes.wait(
			`${count} lines in ${basename(this.#path)}: ${isIt}`,
			() => this.lines.filter(isIt)[count - 1],
			() => this.#text.slice(-4_000),
		);
	}

	get #text(): string {
		try {
			return readFileSync(this.#path, "utf8");
		} catch (error) {
			// Not there yet, or moved away a moment ago.
			if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
			throw error;
		}
	}
}

/** A daemon with `--workers 2` that logs to this file; ended after the test. */
export async function startLoggingToFile(
	t: TestContext,
	path: string,
	map: string,
	...args: string[]
) {
	const main = join(repository, "lib", "main.js");
	const words = ["--ip", "127.0.0.1", "--port", "0", "--sessions", map];
	const child = spawn(
		process.execPath,
		[main, ...words, "--workers", "2", "--log-file", path, ...args],
		{ stdio: "ignore" },
	);
	const ended = once(child, "exit");
	t.after(async () => {
		child.kill("SIGTERM");
		await ended;
	});
	const log = new LogFile(t, path);
	await log.has(2, ({ msg }) => msg === "worker ready");
	const { port } = await log.has(1, ({ msg }) => msg === "listening");
	return { child, log, port: Number(port) };
}

function parse(line: string): LogLine {
	try {
		return JSON.parse(line);
	} catch {
		throw new Error(`not a whole line: ${line}`);
	}
}

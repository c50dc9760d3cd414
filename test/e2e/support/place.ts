import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
	closeSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
} from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { signalIfRunning } from "../../support/signal.js";
import { until } from "./until.js";

/** The repository's top folder, seen from the compiled file in <build>/test/e2e/support/. */
export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

/** The file that is executed as the proxy. E2E_PROXY names another one to try the suite itself. */
export const PROXY_MAIN = process.env.E2E_PROXY ?? join(ROOT, "lib/main.js");

/** Files of this folder that the compiler does not copy: configurations and Python. */
export const SUPPORT = join(ROOT, "test/e2e/support");

/** Milliseconds between SIGTERM and SIGKILL. supervisord waits ten seconds for its own programs. */
const END_MS = 60_000;
/** Characters of a log that an error quotes. */
const QUOTED = 4_000;

export interface StartOptions {
	/** Its standard input and output are pipes to the test; otherwise its output goes to the log only. */
	talks?: boolean;
	cwd?: string;
}

/**
 * A test's working folder and the programs that it starts. They end with the test, which fails where one does not end,
 * where one left a process behind, or where the proxy logged an internal fault.
 */
export class Place {
	readonly folder: string;
	readonly #mark = `E2E_PLACE=${randomUUID()}`;
	readonly #closers: (() => Promise<void>)[] = [];

	constructor(name: string) {
		this.folder = join(ROOT, "test/e2e/.work", name);
		rmSync(this.folder, { recursive: true, force: true });
		mkdirSync(this.folder, { recursive: true });
	}

	/** The test's own environment, with this node first on the path and a HOME that nothing else uses. */
	get environment(): Record<string, string> {
		const [name, value] = this.#mark.split("=") as [string, string];
		const path = `${dirname(process.execPath)}:${process.env.PATH}`;
		return {
			...(process.env as Record<string, string>),
			PATH: path,
			HOME: this.folder,
			[name]: value,
		};
	}

	file(name: string): string {
		return join(this.folder, name);
	}

	/** Runs a program in the foreground; what it writes is kept in <name>.log. The place ends it. */
	start(
		name: string,
		command: readonly string[],
		options: StartOptions = {},
	): ChildProcess {
		const log = openSync(this.file(`${name}.log`), "a");
		const program = spawn(command[0] as string, command.slice(1), {
			cwd: options.cwd ?? this.folder,
			env: this.environment,
			stdio: options.talks ? ["pipe", "pipe", log] : ["ignore", log, log],
		});
		closeSync(log);
		this.atEnd(() => stop(name, program));
		return program;
	}

	/** Starts a program and waits until it is ready. Where it ends first, or never is, the error has the end of its log. */
	async startReady(
		name: string,
		command: readonly string[],
		isReady: () => boolean | Promise<boolean>,
		cwd = this.folder,
	): Promise<ChildProcess> {
		const program = this.start(name, command, { cwd });
		const soFar = () => this.endOfLog(name);
		const look = (): boolean | Promise<boolean> => {
			if (!hasEnded(program)) return isReady();
			throw new Error(`${name} ended at its start${soFar()}`);
		};
		await until(`${name} to be ready`, look, { soFar });
		return program;
	}

	/** The end of <name>.log, for an error's text. */
	endOfLog(name: string): string {
		const log = readFileSync(this.file(`${name}.log`), "utf8");
		return `; its log ends with:\n${log.slice(-QUOTED)}`;
	}

	/** Lets the server listen on 127.0.0.1; the place closes it with its connections. Resolves with the port. */
	async serve(server: Server, port = 0): Promise<number> {
		server.listen(port, "127.0.0.1");
		await once(server, "listening");
		this.atEnd(async () => {
			server.closeAllConnections();
			server.close();
		});
		return (server.address() as AddressInfo).port;
	}

	/** The last one registered runs first. */
	atEnd(close: () => Promise<void>): void {
		this.#closers.push(close);
	}

	/** Throws one error that names everything that did not end properly. */
	async close(): Promise<void> {
		const faults: unknown[] = [];
		for (const close of this.#closers.reverse())
			await close().catch((fault) => faults.push(fault));
		const haveEnded = () => this.#survivors().length === 0;
		await until("every process to end", haveEnded, { patience: END_MS }).catch(
			() => {
				for (const { pid, command } of this.#survivors()) {
					faults.push(new Error(`process ${pid} was left behind: ${command}`));
					signalIfRunning(pid, "SIGKILL");
				}
			},
		);
		const logs = readdirSync(this.folder).filter((name) => /\.log$/.test(name));
		for (const log of logs)
			if (read(this.file(log)).includes("internal fault"))
				faults.push(new Error(`${log} has an internal fault`));
		if (faults.length > 0)
			throw new AggregateError(faults, faults.map(String).join("\n"));
	}

	/** Running processes that inherited this place's environment, however they were started. */
	#survivors(): { pid: number; command: string }[] {
		return readdirSync("/proc")
			.filter(
				(entry) =>
					/^\d+$/.test(entry) &&
					read(`/proc/${entry}/environ`).includes(this.#mark),
			)
			.map((entry) => ({
				pid: Number(entry),
				command: read(`/proc/${entry}/cmdline`).replaceAll("\0", " "),
			}))
			.filter(({ command }) => command !== "");
	}
}

/** A place that lasts as long as this test. */
export function placeFor(t: TestContext, name: string): Place {
	const place = new Place(name);
	t.after(() => place.close());
	return place;
}

export function hasEnded(program: ChildProcess): boolean {
	return program.exitCode !== null || program.signalCode !== null;
}

async function stop(name: string, program: ChildProcess): Promise<void> {
	if (hasEnded(program) || program.pid === undefined) return;
	const ended = once(program, "exit");
	program.kill("SIGTERM");
	const late = setTimeout(() => program.kill("SIGKILL"), END_MS);
	await ended;
	clearTimeout(late);
	assert.notEqual(
		program.signalCode,
		"SIGKILL",
		`${name} did not end within ${END_MS} ms of SIGTERM`,
	);
}

/** A process that has just ended reads as empty. */
function read(path: string): string {
	try {
		return readFileSync(path, "latin1");
	} catch (error) {
		const { code = "" } = error as NodeJS.ErrnoException;
		if (["ENOENT", "ESRCH", "EACCES"].includes(code)) return "";
		throw error;
	}
}

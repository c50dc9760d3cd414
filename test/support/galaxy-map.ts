import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { repository } from "./daemon.js";

type Port = number | string | null;

/** A Python process that writes a session map as Galaxy does; each call has committed when it resolves. */
export interface GalaxyMap {
	readonly path: string;
	/** ids: container_ids, the same container for all rows unless it is said; null writes NULL. */
	put(
		key: string,
		host: string | null,
		port: Port,
		ids?: readonly string[] | null,
	): Promise<void>;
	update(key: string, host: string | null, port: Port): Promise<void>;
	remove(key: string): Promise<void>;
	/** SQLite alone: each statement is a commit of its own. */
	sql(...statements: string[]): Promise<void>;
	/** SQLite alone: holds the EXCLUSIVE lock. */
	lock(): Promise<void>;
	unlock(): Promise<void>;
	/** SQLite alone: a change that is partly on the disk and not committed. */
	spill(): Promise<void>;
	/** SIGKILL, wherever it is. */
	kill(): Promise<void>;
}

/** The form that Galaxy wrote: two SQLite tables, two JSON documents. */
export type Era = "gxproxy2" | "gxproxy" | "v2" | "v1";

/** Starts one on `path`, which may not exist. Ended after the test. */
export function startGalaxyMap(
	t: TestContext,
	path: string,
	era: Era = path.endsWith(".sqlite") ? "gxproxy2" : "v2",
): GalaxyMap {
	const program = join(repository, "test", "support", "galaxy-map.py");
	const python = spawn("python3", [program, path, era], {
		stdio: ["pipe", "pipe", "inherit"],
	});
	t.after(() => python.kill("SIGKILL"));
	const lines = createInterface(python.stdout)[Symbol.asyncIterator]();
	const call =
		(name: string) =>
		async (...values: unknown[]): Promise<void> => {
			python.stdin.write(`${JSON.stringify([name, ...values])}\n`);
			const { value } = await lines.next();
			if (value !== "true") throw new Error(`${name}: ${value}`);
		};
	return {
		path,
		put: call("put"),
		update: call("update"),
		remove: call("remove"),
		sql: call("sql"),
		lock: call("lock"),
		unlock: call("unlock"),
		spill: call("spill"),
		async kill() {
			python.kill("SIGKILL");
			if (python.exitCode === null) await once(python, "exit");
		},
	};
}

/** A folder of the test's own, removed after it. */
export function scratchFolder(t: TestContext): string {
	const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

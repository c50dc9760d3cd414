import { spawn } from "node:child_process";
import { isAbsolute, join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { repository, scratchFolder } from "./folders.js";

/** A Python process that writes the map of Interactive Tools as Galaxy does; each call has committed when it resolves. */
export interface ToolsMap {
	readonly path: string;
	/** info: JSON text. */
	put(
		key: string,
		token: string | null,
		host: string | null,
		port: number | string | null,
		info?: string | null,
		keyType?: string,
	): Promise<void>;
	remove(key: string): Promise<void>;
	/** Only SQLite: each statement is one commit. */
	sql(...statements: string[]): Promise<void>;
	/** Only SQLite: holds the EXCLUSIVE lock. */
	lock(): Promise<void>;
	unlock(): Promise<void>;
}

/** Galaxy's two ways to write the table, by the release that began with it. */
export const TOOL_ERAS = ["19.09", "24.2"] as const;
export type ToolEra = (typeof TOOL_ERAS)[number];

/** Starts such a process on `file`, which need not exist; a name is in a new folder. Ended after the test. */
export function startToolsMap(
	t: TestContext,
	file = "interactivetools_map.sqlite",
	era: ToolEra = "24.2",
): ToolsMap {
	const path = isAbsolute(file) ? file : join(scratchFolder(t), file);
	const program = join(repository, "test", "support", "tools-map.py");
	const python = spawn("python3", ["-W", "ignore", program, path, era], {
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
		remove: call("remove"),
		sql: call("sql"),
		lock: call("lock"),
		unlock: call("unlock"),
	};
}

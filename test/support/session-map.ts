import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { isAbsolute, join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { repository, scratchFolder } from "./folders.js";

/** A row of the session map; a sentinel row has a NULL host and a negative port. */
export interface Row {
	host: string | null;
	port: number | string | null;
	/** container_ids; by default all rows name the same container. */
	ids?: readonly string[];
}

/**
 * Writes the map as Galaxy does: creates the table if it is missing, DELETE and INSERT. Other rows stay. Unlike Galaxy, it
 * creates the table in the same commit, so that no reader finds it without its rows.
 */
export function writeSessionMap(
	path: string,
	sessions: Record<string, Row>,
): void {
	execFileSync("python3", ["-c", WRITE_AS_GALAXY, path], {
		input: JSON.stringify(sessions),
	});
}

const WRITE_AS_GALAXY = `
import json, sqlite3, sys
conn = sqlite3.connect(sys.argv[1])
c = conn.cursor()
c.execute("BEGIN")
try:
    c.execute("CREATE TABLE gxproxy2 (key text PRIMARY KEY, host text, port integer, container_ids text, container_interface text)")
except sqlite3.OperationalError as error:
    if "already exists" not in str(error):
        raise
for key, row in json.load(sys.stdin).items():
    c.execute("DELETE FROM gxproxy2 WHERE key=?", (key,))
    c.execute("INSERT INTO gxproxy2 (key, host, port, container_ids, container_interface) VALUES (?, ?, ?, ?, ?)",
              (key, row["host"], row["port"], json.dumps(row.get("ids", ["gie_1"])), None))
conn.commit()
conn.close()
`;

type Port = number | string | null;

/** A Python process that writes a session map as Galaxy does; each call has committed when it resolves. */
export interface GalaxyMap {
	readonly path: string;
	/** ids: container_ids; by default all rows name the same container; null writes NULL. */
	put(
		key: string,
		host: string | null,
		port: Port,
		ids?: readonly string[] | null,
	): Promise<void>;
	update(key: string, host: string | null, port: Port): Promise<void>;
	remove(key: string): Promise<void>;
	/** Only SQLite: each statement is one commit. */
	sql(...statements: string[]): Promise<void>;
	/** Only SQLite: commits the statements, and holds the EXCLUSIVE lock from then on. */
	lock(...statements: string[]): Promise<void>;
	unlock(): Promise<void>;
	/** Only SQLite: a change that is partly on the disk and not committed. */
	spill(): Promise<void>;
	/** Sends SIGKILL at once. */
	kill(): Promise<void>;
}

/** Galaxy's formats over the years: two SQLite tables, two JSON documents. */
export type Era = "gxproxy2" | "gxproxy" | "v2" | "v1";

/** Starts such a process on `file`, which need not exist; a name is in a new folder. Ended after the test. */
export function startGalaxyMap(
	t: TestContext,
	file = "map.sqlite",
	era: Era = file.endsWith(".sqlite") ? "gxproxy2" : "v2",
): GalaxyMap {
	const { path, call, kill } = startWriter(t, file, era);
	return {
		path,
		put: call("put"),
		update: call("update"),
		remove: call("remove"),
		sql: call("sql"),
		lock: call("lock"),
		unlock: call("unlock"),
		spill: call("spill"),
		kill,
	};
}

/** Starts galaxy-map.py on `file`; ended after the test. call(name): a method of the map by that name. */
export function startWriter(t: TestContext, file: string, era: string) {
	const path = isAbsolute(file) ? file : join(scratchFolder(t), file);
	return { path, ...startMethods(t, ["python3", "galaxy-map.py", path, era]) };
}

/** Starts a Python program of this folder, which runs the methods that it is told and answers when each has returned. */
export function startMethods(
	t: Pick<TestContext, "after">,
	[interpreter = "", program = "", ...words]: readonly string[],
) {
	const file = join(repository, "test", "support", program);
	const python = spawn(interpreter, [file, ...words], {
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
		call,
		async kill() {
			python.kill("SIGKILL");
			const { exitCode, signalCode } = python;
			if (exitCode === null && signalCode === null) await once(python, "exit");
		},
	};
}

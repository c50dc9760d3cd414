/**
 * The part of a SQLite library that we use; node:sqlite and better-sqlite3 share it. iterate() is avoided: after a
 * writer's lock, node:sqlite's throws the same error at its next call too, although the lock is gone.
 */
export interface Statement {
	get(...values: Value[]): Row | undefined;
	all(...values: Value[]): Row[];
	/** `changes`: the number of rows inserted or deleted. */
	run(...values: Value[]): { readonly changes: number | bigint };
}

export interface Connection {
	prepare(sql: string): Statement;
	close(): void;
}

type Value = string | number | Uint8Array | null;

export type Row = Readonly<Record<string, unknown>>;

export type DriverName = "node:sqlite" | "better-sqlite3";

export interface Driver {
	readonly name: DriverName;
	/** To write, it makes a missing file. Never waits for a lock, which would block the event loop. @throws SQLite's error */
	open(path: string, use?: "read" | "write"): Connection;
}

/** No SQLite library is installed. The message names the package to install. */
export class NoDriver extends Error {}

type Opener<Options> = new (path: string, options?: Options) => Connection;

/**
 * node:sqlite if this Node has it, else better-sqlite3.
 * @param name selects one of the two
 * @throws NoDriver
 */
export async function loadDriver(name?: DriverName): Promise<Driver> {
	const builtin = name === "better-sqlite3" ? undefined : nodeSqlite();
	if (builtin !== undefined) return builtin;
	if (name === "node:sqlite")
		throw new NoDriver(
			`Node ${process.versions.node} has no node:sqlite. Use Node 22.13 or later.`,
		);
	return betterSqlite3();
}

function nodeSqlite(): Driver | undefined {
	const found = quietly(() => process.getBuiltinModule?.("node:sqlite")) as
		| { DatabaseSync: Opener<{ readOnly: boolean }> }
		| undefined;
	if (found === undefined) return undefined;
	return {
		name: "node:sqlite",
		open(path, use = "read") {
			const connection = new found.DatabaseSync(path, {
				readOnly: use === "read",
			});
			connection.prepare("PRAGMA busy_timeout = 0").get();
			return connection;
		},
	};
}

/** Suppresses node:sqlite's warning that it is experimental. */
function quietly<T>(load: () => T): T {
	const emit = process.emitWarning;
	process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
		if (!String(warning).startsWith("SQLite is an experimental feature"))
			Reflect.apply(emit, process, [warning, ...rest]);
	};
	try {
		return load();
	} finally {
		process.emitWarning = emit;
	}
}

async function betterSqlite3(): Promise<Driver> {
	// In a variable, because the package is optional and has no types for the compiler to find.
	const name: string = "better-sqlite3";
	const reading = { readonly: true, fileMustExist: true, timeout: 0 };
	let found: { default: Opener<Partial<typeof reading>> };
	try {
		found = await import(name);
		// Only the first database loads the native part.
		new found.default(":memory:").close();
	} catch (cause) {
		throw new NoDriver(
			"A .sqlite session map needs Node 22.13 or later, or the package better-sqlite3: " +
				"npm install better-sqlite3@12 (it may need a C++ compiler, make and python3).",
			{ cause },
		);
	}
	return {
		name: "better-sqlite3",
		open: (path, use = "read") =>
			new found.default(path, use === "read" ? reading : { timeout: 0 }),
	};
}

/** BUSY, LOCKED, READONLY, PROTOCOL (sqlite.org/rescode.html), as the two libraries report them. */
const PASSING_CODES = [5, 6, 8, 15];
const PASSING_NAMES = /^SQLITE_(BUSY|LOCKED|READONLY|PROTOCOL)/;

/**
 * Whether the error is caused by a writer at work, and so will pass. READONLY is one of them: a read-only connection
 * reports it for a journal that needs a rollback, which may for a moment belong to a writer that is just finishing.
 */
export function isWritersDoing(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	if ("errcode" in error && typeof error.errcode === "number")
		return PASSING_CODES.includes(error.errcode & 0xff);
	return "code" in error && PASSING_NAMES.test(String(error.code));
}

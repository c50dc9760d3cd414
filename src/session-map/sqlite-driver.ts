/**
 * What we use of a SQLite library; node:sqlite and better-sqlite3 both have it in this shape. Not iterate(): node:sqlite's,
 * once it has met a writer's lock, throws the same error again at its next call, when the lock is gone.
 */
export interface Statement {
	get(...values: Value[]): Row | undefined;
	all(...values: Value[]): Row[];
	/** `changes`: rows that were inserted or deleted. */
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
	/** Read-only, and never waits for a lock: a wait here would stop the whole event loop. @throws SQLite's error. */
	open(path: string): Connection;
	/** To write; makes the file where there is none. It never waits either. @throws SQLite's error. */
	openToWrite(path: string): Connection;
}

/** No SQLite library is here. The message tells what to install. */
export class NoDriver extends Error {}

type Opener<Options> = new (path: string, options?: Options) => Connection;

/**
 * node:sqlite where this Node has it, else better-sqlite3.
 * @param name asks for one of the two
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
	const open = (path: string, readOnly: boolean) => {
		const connection = new found.DatabaseSync(path, { readOnly });
		connection.prepare("PRAGMA busy_timeout = 0").get();
		return connection;
	};
	return {
		name: "node:sqlite",
		open: (path) => open(path, true),
		openToWrite: (path) => open(path, false),
	};
}

/** Keeps back node:sqlite's warning that it is experimental, and no other. */
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
	// In a variable, since it is optional and ships no types for the compiler to look for.
	const name: string = "better-sqlite3";
	const reading = { readonly: true, fileMustExist: true, timeout: 0 } as const;
	const writing = { timeout: 0 } as const;
	let found: { default: Opener<typeof reading | typeof writing> };
	try {
		found = await import(name);
		// Its native part is loaded with the first database only.
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
		open: (path) => new found.default(path, reading),
		openToWrite: (path) => new found.default(path, writing),
	};
}

/** sqlite.org/rescode.html: BUSY, LOCKED, READONLY, PROTOCOL, in the two libraries' ways of telling. */
const PASSING_CODES = [5, 6, 8, 15];
const PASSING_NAMES = /^SQLITE_(BUSY|LOCKED|READONLY|PROTOCOL)/;

/**
 * Whether the error of a read is a writer's doing that ends with it. READONLY is among them: so says a read-only
 * connection that meets a journal to roll back, which for a moment may be that of a writer just finishing.
 */
export function isWritersDoing(error: unknown): boolean {
	if (!(error instanceof Error)) return false;
	if ("errcode" in error && typeof error.errcode === "number")
		return PASSING_CODES.includes(error.errcode & 0xff);
	return "code" in error && PASSING_NAMES.test(String(error.code));
}

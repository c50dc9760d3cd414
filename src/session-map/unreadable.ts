import type { Mode } from "../mode.js";
import { isWritersDoing } from "./sqlite-driver.js";

/** What messages about a map name, by the kind of its sessions. */
const WORDS = {
	gie: {
		setting: "dynamic_proxy_session_map",
		table: "gxproxy2",
		start: "environment",
	},
	gxit: {
		setting: "interactivetools_map",
		table: "gxitproxy",
		start: "Interactive Tool",
	},
} as const;

/** Galaxy's setting of a map's path. */
export function settingOf(mode: Mode): string {
	return WORDS[mode].setting;
}

/** Why the session map cannot be read. The message tells an admin the problem and the remedy. */
export class Unreadable extends Error {
	/**
	 * Whether it is likely to pass within milliseconds, as a writer's lock or a half-written file does. During the first
	 * second of that no remembered route is given out, because a commit may have returned since it was read.
	 */
	readonly isPassing: boolean;

	constructor(reason: string, isPassing: boolean, cause?: unknown) {
		super(reason, { cause });
		this.isPassing = isPassing;
	}
}

/** Galaxy has not made the map of its tools yet. */
export class NotMadeYet extends Unreadable {}

/** The database is being connected to, and whether that will fail is not known yet. */
export class NotAnswered extends Unreadable {
	constructor(shown: string) {
		super(
			`${shown} has not answered yet: if that goes on, check the server, the network and its firewall.`,
			true,
		);
	}
}

/** A part of the map stays corrupt until the file changes. Other parts may be readable. */
export class Damaged extends Unreadable {
	constructor(path: string, error: unknown) {
		super(
			`${path} is damaged (${String(error)}). Restore it, or move it away: Galaxy creates a new one at its next launch.`,
			false,
			error,
		);
	}
}

/** A SQLite file without a table of Galaxy's. */
export function withoutTable(path: string, mode: Mode): Unreadable {
	const { table, start, setting } = WORDS[mode];
	const reason = `${path} has no table ${table} yet: Galaxy creates it when the first ${start} starts. If one is already running, compare --sessions with Galaxy's ${setting}.`;
	return mode === "gxit"
		? new NotMadeYet(reason, false)
		: new Unreadable(reason, false);
}

const DAMAGED = /not a database|malformed/;
const NOT_GALAXYS = /no such (table|column)/;

/** Describes an error of SQLite. */
export function unreadableSqlite(
	path: string,
	error: unknown,
	mode: Mode,
): Unreadable {
	if (error instanceof Unreadable) return error;
	const text = String(error);
	if (isWritersDoing(error))
		return new Unreadable(
			`${path} is locked, or a writer died in the middle of a commit, which Galaxy's next write repairs (${text}). If it stays so, look for the holder with: fuser ${path}`,
			true,
			error,
		);
	if (DAMAGED.test(text)) return new Damaged(path, error);
	if (NOT_GALAXYS.test(text))
		return new Unreadable(
			`${path} is not as Galaxy writes it (${text}). Compare --sessions with Galaxy's ${settingOf(mode)}.`,
			false,
			error,
		);
	return unreadableFile(path, error, mode);
}

function fileError(code: string, mode: Mode): string | undefined {
	const { start, setting } = WORDS[mode];
	switch (code) {
		case "ENOENT":
			return `does not exist. Galaxy creates it when the first ${start} starts; if one is already running, compare --sessions with Galaxy's ${setting}`;
		case "ENOTDIR":
			return `does not exist: a part of its path is a file. Compare --sessions with Galaxy's ${setting}`;
		case "EACCES":
			return "may not be read by this account. Run the proxy as Galaxy's user, or give it read permission on the file and its folder";
		case "EMFILE":
			return "cannot be opened: this process has no file descriptor left. Raise its limit (ulimit -n, LimitNOFILE)";
		default:
			return undefined;
	}
}

/** Describes an error of the file system. */
export function unreadableFile(
	path: string,
	error: unknown,
	mode: Mode,
): Unreadable {
	if (error instanceof Unreadable) return error;
	const code = codeOf(error);
	const words = fileError(code, mode) ?? otherError("read", error);
	const reason = `${path} ${words}.`;
	return code === "ENOENT" && mode === "gxit"
		? new NotMadeYet(reason, false, error)
		: new Unreadable(reason, false, error);
}

export function otherError(act: "read" | "written", error: unknown): string {
	return `cannot be ${act} (${String(error)}). Check the file and its file system`;
}

/** The system's code of an error, such as ENOENT, or empty. */
export function codeOf(error: unknown): string {
	return error instanceof Error && "code" in error ? String(error.code) : "";
}

import { isWritersDoing } from "./sqlite-driver.js";

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

/** A SQLite file without any table of Galaxy's. */
export function withoutTable(path: string): Unreadable {
	return new Unreadable(
		`${path} has no table gxproxy2 yet: Galaxy creates it when the first environment starts. If one is already running, compare --sessions with Galaxy's dynamic_proxy_session_map.`,
		false,
	);
}

const DAMAGED = /not a database|malformed/;
const NOT_GALAXYS = /no such (table|column)/;

/** Describes an error of SQLite. */
export function unreadableSqlite(path: string, error: unknown): Unreadable {
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
			`${path} is not as Galaxy writes it (${text}). Compare --sessions with Galaxy's dynamic_proxy_session_map.`,
			false,
			error,
		);
	return unreadableFile(path, error);
}

const FILE_ERRORS: Readonly<Record<string, string>> = {
	ENOENT:
		"does not exist. Galaxy creates it when the first environment starts; if one is already running, compare --sessions with Galaxy's dynamic_proxy_session_map",
	ENOTDIR:
		"does not exist: a part of its path is a file. Compare --sessions with Galaxy's dynamic_proxy_session_map",
	EACCES:
		"may not be read by this account. Run the proxy as Galaxy's user, or give it read permission on the file and its folder",
	EMFILE:
		"cannot be opened: this process has no file descriptor left. Raise its limit (ulimit -n, LimitNOFILE)",
};

/** Describes an error of the file system. */
export function unreadableFile(path: string, error: unknown): Unreadable {
	if (error instanceof Unreadable) return error;
	const words = FILE_ERRORS[codeOf(error)] ?? otherError("read", error);
	return new Unreadable(`${path} ${words}.`, false, error);
}

export function otherError(act: "read" | "written", error: unknown): string {
	return `cannot be ${act} (${String(error)}). Check the file and its file system`;
}

/** The system's code of an error, such as ENOENT, or empty. */
export function codeOf(error: unknown): string {
	return error instanceof Error && "code" in error ? String(error.code) : "";
}

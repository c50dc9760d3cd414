/** The session map cannot be read now. The message tells an admin what is wrong and what to do. */
export class Unreadable extends Error {
	/**
	 * Whether it is likely to be over in milliseconds: a writer's lock, a file that is half written. Until a second of
	 * it has passed, nobody is answered from what was read before, since a commit may have returned in between.
	 */
	readonly passing: boolean;

	constructor(reason: string, passing: boolean, cause?: unknown) {
		super(reason, { cause });
		this.passing = passing;
	}
}

/** @throws the error where it is not one */
export function asUnreadable(error: unknown): Unreadable {
	if (error instanceof Unreadable) return error;
	throw error;
}

/** A part of the map makes no sense; others may. It stays so until the file changes. */
export class Damaged extends Unreadable {
	constructor(path: string, error: unknown) {
		super(
			`${path} is damaged (${String(error)}). Restore it, or move it away: Galaxy makes a new one at its next launch.`,
			false,
			error,
		);
	}
}

/** The file is another one each time that it is looked at. */
export function changesTooFast(path: string): Unreadable {
	return new Unreadable(
		`${path} changes faster than it can be read: a copy is made over it. If that does not end, find out by which program.`,
		true,
	);
}

/** A SQLite file without any table of Galaxy's. */
export function withoutTable(path: string): Unreadable {
	return new Unreadable(
		`${path} has no table gxproxy2 yet: Galaxy makes it when the first environment starts. If one runs already, compare --sessions with Galaxy's dynamic_proxy_session_map.`,
		false,
	);
}

const FILE_FAULTS = new Map([
	[
		"ENOENT",
		"does not exist. Galaxy makes it when the first environment starts; if one runs already, compare --sessions with Galaxy's dynamic_proxy_session_map",
	],
	[
		"ENOTDIR",
		"does not exist: a part of its path is a file. Compare --sessions with Galaxy's dynamic_proxy_session_map",
	],
	[
		"EACCES",
		"may not be read by this account. Run the proxy as Galaxy's user, or give it read permission on the file and its folder",
	],
	[
		"EMFILE",
		"cannot be opened: this process has no file descriptor left. Raise its limit (ulimit -n, LimitNOFILE)",
	],
]);

/** Errors of the file system in words; anything else keeps its own. */
export function fileFault(path: string, error: unknown): Unreadable {
	if (error instanceof Unreadable) return error;
	const code = error instanceof Error && "code" in error ? error.code : "";
	const words = FILE_FAULTS.get(String(code));
	if (words !== undefined)
		return new Unreadable(`${path} ${words}.`, false, error);
	return new Unreadable(
		`${path} cannot be read (${String(error)}). Check the file and its file system.`,
		false,
		error,
	);
}

import type { Target } from "../route.js";

/** A change of the map. */
export interface MapEdit {
	/** Of the map, absolute. */
	readonly path: string;
	/** Ends the wait for other writers. What was begun is undone or done, and Galaxy's lock removed. */
	readonly signal: AbortSignal;
	/** Told of the lock file or the map, once each, where another holds it for longer than a write takes. */
	readonly onWait: (held: string) => void;
}

/** A change of one session. */
export interface Edit extends MapEdit {
	readonly key: string;
}

/** Takes the session out and, with a target, puts it in anew. Tells whether it was there. */
export type Write = (edit: Edit, target: Target | null) => Promise<boolean>;

/** The session map was not changed. The message tells an admin why, and what to do. */
export class NotWritten extends Error {}

const WORDS = new Map([
	[
		"ENOENT",
		"cannot be made: its folder does not exist. Compare --sessions with Galaxy's dynamic_proxy_session_map",
	],
	["EACCES", "may not be written by this account. Run this as Galaxy's user"],
	["EROFS", "is on a file system that is mounted read-only"],
]);

/** Errors of the file system in words; anything else keeps its own. */
export function writeFault(path: string, error: unknown): NotWritten {
	const code = error instanceof Error && "code" in error ? error.code : "";
	const words = WORDS.get(String(code));
	return new NotWritten(
		words === undefined
			? `${path} cannot be written (${String(error)}). Check the file and its file system.`
			: `${path} ${words}.`,
		{ cause: error },
	);
}

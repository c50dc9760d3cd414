import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { authorityOf, type Target } from "../route.js";
import { type Edit, NotWritten, writeFault } from "./edit.js";
import { parseJsonMap } from "./json.js";

/** The whole map as it was, undefined where there is none. */
type Before = string | undefined;

/** A JSON map, in the era that it is of. As Galaxy it is written over, not replaced, and so keeps its owner. */
export async function writeJson(
	{ path, key }: Edit,
	target: Target | null,
): Promise<boolean> {
	const before = read(path);
	const entries = entriesIn(path, before);
	const isOld = isOfOldEra(entries);
	const own = [...entries].filter(
		([name, value]) => name === key || value === key,
	);
	for (const [name] of own) entries.delete(name);
	if (target !== null && isOld) entries.set(authorityOf(target), key);
	else if (target !== null) entries.set(key, rowOf(target));
	if (target !== null || own.length > 0)
		// Not by assignments: a key may be __proto__.
		write(path, JSON.stringify(Object.fromEntries(entries)), before);
	return own.length > 0;
}

/** {"host:port": session}, as Galaxy wrote it until 17.01. */
function isOfOldEra(entries: ReadonlyMap<string, unknown>): boolean {
	const values = [...entries.values()];
	return (
		values.some((value) => typeof value === "string") &&
		!values.some((value) => typeof value === "object" && value !== null)
	);
}

function rowOf({ host, port }: Target): object {
	return { host, port, container_ids: [], container_interface: null };
}

function read(path: string): Before {
	try {
		return readFileSync(path, "utf8");
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "ENOENT")
			return undefined;
		throw writeFault(path, error);
	}
}

function entriesIn(path: string, text: Before): Map<string, unknown> {
	try {
		return new Map(Object.entries(parseJsonMap(text ?? "{}")));
	} catch (cause) {
		throw new NotWritten(
			`${path} is not a whole JSON document (${String(cause)}). Restore it, or move it away.`,
			{ cause },
		);
	}
}

function write(path: string, text: string, before: Before): void {
	try {
		writeFileSync(path, text);
	} catch (error) {
		// On a full disk: what was cut off has made the room for what was there.
		if (before === undefined) rmSync(path, { force: true });
		else writeFileSync(path, before);
		throw writeFault(path, error);
	}
}

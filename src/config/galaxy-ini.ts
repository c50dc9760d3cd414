import { dirname } from "node:path";
import type * as Ini from "ini";
import { type Found, type Origin, placeOf, UsageError } from "./origin.js";

/** Galaxy's own section; what DEFAULT holds counts in every section. */
const SECTIONS = ["DEFAULT", "app:main"];
/** As in Python's configparser: deeper ones refer to themselves. */
const DEEPEST_REFERENCE = 10;

/**
 * The settings of `[app:main]` and `[DEFAULT]` by key, `%(here)s` and references to other keys replaced. Of a key given twice
 * the last counts.
 * @param file absolute; named in errors, and its folder is `here`
 * @param isWanted keys to read
 * @throws {UsageError} where neither section is there, a wanted key has no value, or a reference leads nowhere
 */
export function readIni(
	text: string,
	file: string,
	isWanted: (key: string) => boolean,
): Map<string, Found> {
	const lines = linesOf(text);
	if (!SECTIONS.some((section) => lines.has(section)))
		throw new UsageError(
			`${file}: there is no section [app:main] in it; give the galaxy.ini that Galaxy is started with`,
		);
	// Not import(): only who gives a file pays for the library, and reading it stays one plain call.
	const ini: typeof Ini = require("ini");
	// Python takes a colon for the sign of equality as well.
	const parsed = ini.parse(text.replace(/^(\w+[ \t]*):(?=[ \t])/gm, "$1="));
	const values = new Map([
		["here", dirname(file)],
		["__file__", file],
	]);
	const origins = new Map<string, Origin>();
	for (const section of SECTIONS)
		for (const [key, value] of Object.entries(parsed[section] ?? {})) {
			const line = lines.get(section)?.get(key);
			if (line !== undefined)
				origins.set(key, { source: "file", file, line, key });
			values.set(key, String(value));
		}
	const found = new Map<string, Found>();
	for (const [key, origin] of origins)
		if (isWanted(key))
			found.set(key, { text: replaced(values, key, origin), origin });
	return found;
}

/** Where each section's keys stand, which the library does not tell: the last line of each, counted from 1. */
function linesOf(text: string): Map<string, Map<string, number>> {
	const sections = new Map<string, Map<string, number>>();
	let keys = new Map<string, number>();
	for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
		const section = /^\[([^\]]*)\]\s*$/.exec(line)?.[1]?.trim();
		if (section !== undefined) {
			keys = sections.get(section) ?? new Map();
			sections.set(section, keys);
		}
		const key = /^\s*([^#;[\s=:][^\s=:]*)\s*[=:]/.exec(line)?.[1];
		if (key !== undefined) keys.set(key, index + 1);
	}
	return sections;
}

/** The value with `%(key)s` replaced by that key's value and `%%` by a percent sign. */
function replaced(
	values: ReadonlyMap<string, string>,
	key: string,
	origin: Origin,
	depth = 0,
): string {
	return (values.get(key) ?? "").replace(
		/%(?:%|\((\w+)\)s|)/g,
		(reference, name?: string) => {
			if (reference === "%%") return "%";
			if (
				name === undefined ||
				!values.has(name) ||
				depth === DEEPEST_REFERENCE
			)
				throw new UsageError(
					`${placeOf(origin)}: ${reference} leads nowhere; give the value itself, and %% for a percent sign`,
				);
			return replaced(values, name, origin, depth + 1);
		},
	);
}

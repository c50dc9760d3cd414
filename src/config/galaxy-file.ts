import { dirname } from "node:path";
import type * as Ini from "ini";
import type * as Yaml from "yaml";
import { type Found, type Origin, placeOf, UsageError } from "./setting.js";

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

interface Document {
	readonly yaml: typeof Yaml;
	readonly content: Yaml.Document;
	lineAt(offset: number): number;
}

interface Pair {
	readonly line: number;
	readonly value: unknown;
}

/**
 * The settings below `galaxy:` by key, without those that are null. Galaxy reads YAML 1.1: `yes` is true, `<<` merges, and of
 * a key given twice (usual in the uwsgi section) the last counts.
 * @param file named in errors
 * @param isWanted keys to read; the others may hold lists and maps
 * @throws {UsageError} where it is no YAML, has no `galaxy:`, or a wanted key holds no single value
 */
export function readYaml(
	text: string,
	file: string,
	isWanted: (key: string) => boolean,
): Map<string, Found> {
	const document = parsed(text, file);
	const section = pairsOf(document, document.content.contents).get("galaxy");
	if (section === undefined)
		throw new UsageError(
			`${file}: there is no section galaxy: in it; give the galaxy.yml that Galaxy is started with`,
		);
	const { isScalar } = document.yaml;
	const found = new Map<string, Found>();
	for (const [key, { line, value }] of pairsOf(document, section.value)) {
		if (!isWanted(key) || isNull(document, value)) continue;
		if (!isScalar(value))
			throw new UsageError(
				`${file} line ${line}: ${key}: a list or a map is not allowed; give a single value`,
			);
		const origin = { source: "file", file, line, key } as const;
		found.set(key, { text: String(value.value), origin });
	}
	return found;
}

function parsed(text: string, file: string): Document {
	// Not import(): only who gives a file pays for the library, and reading it stays one plain call.
	const yaml: typeof Yaml = require("yaml");
	const lineCounter = new yaml.LineCounter();
	const lineAt = (offset: number) => lineCounter.linePos(offset).line;
	const content = yaml.parseDocument(text, {
		version: "1.1",
		uniqueKeys: false,
		prettyErrors: false,
		lineCounter,
	});
	const [error] = content.errors;
	if (error !== undefined)
		throw new UsageError(
			`${file} line ${lineAt(error.pos[0])}: this is no YAML: ${error.message}; Galaxy cannot read it either`,
		);
	return { yaml, content, lineAt };
}

/**
 * Of a map, or of an alias of one: its pairs by key, its own over merged ones, the last of equals. Anything else has none.
 * @param within the maps that this one is merged into, in which it must not be found again
 */
function pairsOf(
	document: Document,
	node: unknown,
	within: readonly unknown[] = [],
): Map<string, Pair> {
	const { yaml, lineAt } = document;
	const map = resolved(document, node);
	if (!yaml.isMap(map) || within.includes(map)) return new Map();
	const own = new Map<string, Pair>();
	const merged = new Map<string, Pair>();
	for (const { key, value } of map.items) {
		if (!yaml.isScalar(key)) continue;
		if (key.source === "<<") {
			const sources = resolved(document, value);
			// Of several the first counts, so it is put in last.
			for (const source of yaml.isSeq(sources)
				? [...sources.items].reverse()
				: [sources])
				for (const [name, pair] of pairsOf(document, source, [...within, map]))
					merged.set(name, pair);
		}
		const line = lineAt(key.range?.[0] ?? 0);
		own.set(String(key.value), { line, value: resolved(document, value) });
	}
	return new Map([...merged, ...own]);
}

function resolved({ yaml, content }: Document, node: unknown): unknown {
	return yaml.isAlias(node) ? node.resolve(content) : node;
}

function isNull({ yaml }: Document, value: unknown): boolean {
	return value === null || (yaml.isScalar(value) && value.value === null);
}

type Section = Readonly<Record<string, unknown>>;

/** Where uWSGI listens. */
const UWSGI = ["http", "https", "http-socket", "socket", "uwsgi-socket"];

/**
 * Ports of this machine on which Galaxy listens, and its front proxy as far as galaxy_infrastructure_url names it: no row
 * of the session map leads to one of them rightly. What cannot be read as an address counts as none.
 * @param text a galaxy.yml or galaxy.ini that was found good
 */
export function galaxyPorts(text: string, isIni: boolean): readonly number[] {
	const sections = isIni ? iniSections(text) : yamlSections(text);
	const section = (name: string): Section => mapOf(sections[name]);
	const addresses: unknown[] = [section("server:main").port];
	for (const name of UWSGI) addresses.push(section("uwsgi")[name]);
	for (const gunicorn of [section("gravity").gunicorn].flat())
		addresses.push(mapOf(gunicorn).bind);
	for (const name of ["galaxy", "app:main"])
		addresses.push(section(name).galaxy_infrastructure_url);
	const each = addresses
		.flat()
		.flatMap((text) => String(text ?? "").split(","));
	const ports = each.map((address) => portOf(address.trim()));
	return [...new Set(ports.filter((port) => port > 0 && port < 65_536))];
}

function mapOf(value: unknown): Section {
	return typeof value === "object" && value !== null ? (value as Section) : {};
}

/** Of "localhost:8080", ":8080", 8080 and URLs; 0 of anything else. */
function portOf(address: string): number {
	if (/^https?:/.test(address) && URL.canParse(address)) {
		const { port, protocol } = new URL(address);
		return Number(port) || (protocol === "https:" ? 443 : 80);
	}
	return Number(/(?:^|:)(\d{1,5})$/.exec(address)?.[1] ?? 0);
}

// Not import(), as in galaxy-ini.ts and galaxy-yaml.ts: only a start with --config needs the libraries.

function iniSections(text: string): Section {
	const ini: typeof Ini = require("ini");
	return ini.parse(text);
}

function yamlSections(text: string): Section {
	const yaml: typeof Yaml = require("yaml");
	const options = {
		version: "1.1",
		uniqueKeys: false,
		logLevel: "error",
	} as const;
	try {
		return mapOf(yaml.parse(text, options));
	} catch {
		// Good for the settings, which are read key by key: a map that is merged into itself cannot become an object.
		return {};
	}
}

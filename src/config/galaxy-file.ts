import { dirname } from "node:path";
import type * as Ini from "ini";
import type * as Yaml from "yaml";
import { type Found, type Origin, placeOf, UsageError } from "./setting.js";

/** The content of a galaxy.ini or galaxy.yml. */
export interface GalaxyFile {
	/** The wanted settings of Galaxy's own section, by key. If a key is given twice, the last one counts. */
	readonly settings: Map<string, Found>;
	readonly ports: readonly number[];
}

type Section = Readonly<Record<string, unknown>>;

/** Galaxy's own section; the keys of DEFAULT count in every section. */
const SECTIONS = ["DEFAULT", "app:main"];
/** As in Python's configparser: deeper references refer to themselves. */
const DEEPEST_REFERENCE = 10;

/**
 * Reads an ini file: `[app:main]` and `[DEFAULT]`, with `%(here)s` and references to other keys replaced.
 * @param file absolute; named in errors, and its folder is `here`
 * @throws {UsageError} if both sections are missing, a wanted key has no value, or a reference leads nowhere
 */
export function readIni(
	text: string,
	file: string,
	isWanted: (key: string) => boolean,
): GalaxyFile {
	const lines = linesOf(text);
	if (!SECTIONS.some((section) => lines.has(section)))
		throw new UsageError(
			`${file}: the section [app:main] is missing; give the galaxy.ini that Galaxy is started with`,
		);
	// Not import(): the library is loaded only if a file is given, and reading stays synchronous.
	const ini: typeof Ini = require("ini");
	// Python accepts a colon in place of the equals sign.
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
	const settings = new Map<string, Found>();
	for (const [key, origin] of origins)
		if (isWanted(key))
			settings.set(key, { text: replaced(values, key, origin), origin });
	return { settings, ports: portsIn(parsed) };
}

/** The line of each key by section, counted from 1, which the library does not report. Of equal keys, the last one's. */
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
		(reference, name = "") => {
			if (reference === "%%") return "%";
			if (!values.has(name) || depth === DEEPEST_REFERENCE)
				throw new UsageError(
					`${placeOf(origin)}: ${reference} leads nowhere; give the value itself, and %% for a percent sign`,
				);
			return replaced(values, name, origin, depth + 1);
		},
	);
}

/**
 * Reads a YAML file: the keys below `galaxy:` whose value is not null. Galaxy reads YAML 1.1: `yes` is true, `<<` merges,
 * and keys may be given twice (usual in the uwsgi section).
 * @param file named in errors
 * @throws {UsageError} if it is not YAML, lacks `galaxy:`, or a wanted key has a list or a map
 */
export function readYaml(
	text: string,
	file: string,
	isWanted: (key: string) => boolean,
): GalaxyFile {
	const document = parsed(text, file);
	const { yaml, content } = document;
	const section = pairsOf(document, content.contents).get("galaxy");
	if (section === undefined)
		throw new UsageError(
			`${file}: the section galaxy: is missing; give the galaxy.yml that Galaxy is started with`,
		);
	const settings = new Map<string, Found>();
	for (const [key, { line, value }] of pairsOf(document, section.value)) {
		const isScalar = yaml.isScalar(value);
		if (!isWanted(key) || value === null || (isScalar && value.value === null))
			continue;
		if (!isScalar)
			throw new UsageError(
				`${file} line ${line}: ${key}: a list or a map is not allowed; give a single value`,
			);
		const origin = { source: "file", file, line, key } as const;
		settings.set(key, { text: String(value.value), origin });
	}
	return { settings, ports: portsIn(plain(content)) };
}

type Document = ReturnType<typeof parsed>;

function parsed(text: string, file: string) {
	// Not import(), as above.
	const yaml: typeof Yaml = require("yaml");
	const lineCounter = new yaml.LineCounter();
	const lineAt = (offset: number) => lineCounter.linePos(offset).line;
	const content = yaml.parseDocument(text, {
		version: "1.1",
		uniqueKeys: false,
		prettyErrors: false,
		logLevel: "error",
		lineCounter,
	});
	const [error] = content.errors;
	if (error !== undefined)
		throw new UsageError(
			`${file} line ${lineAt(error.pos[0])}: this is not YAML: ${error.message}; Galaxy cannot read it either`,
		);
	return { yaml, content, lineAt };
}

/** The document as plain objects; empty if a map is merged into itself. That is allowed for settings, which are read by key. */
function plain(content: Yaml.Document): Section {
	try {
		return sectionOf(content.toJS());
	} catch {
		return {};
	}
}

interface Pair {
	readonly line: number;
	readonly value: unknown;
}

/**
 * The pairs of a map, or of an alias of one, by key: its own over merged ones, the last of equal keys. Other nodes have none.
 * @param within the maps that this one is merged into, to end a circle
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
			// Of several maps the first one counts, so it is inserted last.
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

/** uWSGI's keys for the addresses that it listens on. */
const UWSGI = ["http", "https", "http-socket", "socket", "uwsgi-socket"];

/**
 * Ports of this machine on which Galaxy listens, and its front proxy if galaxy_infrastructure_url names it: no row of the
 * session map may lead to one of them. Values that are not addresses are ignored.
 */
function portsIn(sections: Section): readonly number[] {
	const section = (name: string) => sectionOf(sections[name]);
	const addresses = [
		section("server:main").port,
		...UWSGI.map((name) => section("uwsgi")[name]),
		...[section("gravity").gunicorn].flat().map((each) => sectionOf(each).bind),
		...["galaxy", "app:main"].map(
			(name) => section(name).galaxy_infrastructure_url,
		),
	];
	const ports = addresses
		.flat()
		.flatMap((text) => String(text ?? "").split(","))
		.map((address) => portOf(address.trim()));
	return [...new Set(ports.filter((port) => port > 0 && port < 65_536))];
}

function sectionOf(value: unknown): Section {
	return typeof value === "object" && value !== null ? (value as Section) : {};
}

/** The port of "localhost:8080", ":8080", 8080 or a URL; 0 of anything else. */
function portOf(address: string): number {
	if (/^https?:/.test(address) && URL.canParse(address)) {
		const { port, protocol } = new URL(address);
		return Number(port) || (protocol === "https:" ? 443 : 80);
	}
	return Number(/(?:^|:)(\d{1,5})$/.exec(address)?.[1] ?? 0);
}

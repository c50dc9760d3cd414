// Longer than 300 lines: both formats of the file give the same settings, and Galaxy reads each in its own way.
import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import type * as Yaml from "yaml";
import {
	DEFAULT,
	type Option,
	readSections,
	replaced,
	type Sections,
} from "./configparser.js";
import { gravityFileOf, isOfGravity, isSectionFor } from "./gravity.js";
import { type Found, placeOf, UsageError } from "./setting.js";

/** The content of a galaxy.ini or galaxy.yml. */
export interface GalaxyFile {
	/** The wanted settings of Galaxy's own section, by key. If a key is given twice, the last one counts. */
	readonly settings: Map<string, Found>;
	readonly ports: readonly number[];
	/** Gravity's galaxy_root. */
	readonly galaxyRoot?: Found | undefined;
	/** Gravity's settings of its proxy for tools, by key; undefined without that section. */
	readonly gravity: ReadonlyMap<string, Found> | undefined;
}

export type Section = Readonly<Record<string, unknown>>;

/**
 * Reads Galaxy's file. Its format is recognized by the name, as Galaxy does; samples are read too.
 * @param file absolute; named in errors
 * @throws {UsageError} if it cannot be read, or not by Galaxy
 */
export function readGalaxyFile(
	file: string,
	isWanted: (key: string) => boolean,
): GalaxyFile {
	const { text, isIni } = readText(file);
	return (isIni ? readIni : readYaml)(text, file, isWanted);
}

/**
 * The sections of the file as plain values, for readers that check nothing; empty if a YAML map is merged into itself.
 * @throws {UsageError} if it cannot be read
 */
export function readPlainSections(file: string): Section {
	const { text, isIni } = readText(file);
	if (isIni) return plainIni(readSections(text, file), file);
	return plain(parsed(text, file).content);
}

function readText(file: string): { text: string; isIni: boolean } {
	const [, extension] = /\.(ini|ya?ml)(?:\.sample)?$/.exec(file) ?? [];
	if (extension === undefined)
		throw new UsageError(
			`--config: ${file} is neither .ini nor .yml by its name; give the galaxy.ini or galaxy.yml that Galaxy is started with`,
		);
	let bytes: Buffer;
	try {
		bytes = readFileSync(file);
	} catch (error) {
		throw new UsageError(
			`--config: ${file} cannot be read: ${(error as Error).message}; give the galaxy.ini or galaxy.yml that Galaxy is started with, readable for this user`,
		);
	}
	if (!isUtf8(bytes)) {
		const lines = bytes.toString("latin1").split(/\r\n|\r|\n/);
		const isBroken = (line: string) => !isUtf8(Buffer.from(line, "latin1"));
		throw new UsageError(
			`${file} line ${lines.findIndex(isBroken) + 1}: this is not UTF-8; save the file as UTF-8, Galaxy cannot read it either`,
		);
	}
	return { text: bytes.toString(), isIni: extension === "ini" };
}

/**
 * Reads an ini file as Galaxy does: `[app:main]` over `[DEFAULT]`, with references replaced. Without the former the latter
 * counts alone.
 * @param file absolute; named in errors, and its folder is `here`
 * @throws {UsageError} if Galaxy cannot read the file, or if both sections are missing
 */
function readIni(
	text: string,
	file: string,
	isWanted: (key: string) => boolean,
): GalaxyFile {
	const sections = readSections(text, file);
	const app = sections.get("app:main");
	const defaults = sections.get(DEFAULT);
	// Galaxy would take its defaults, but it is more likely that another file was meant.
	if (app === undefined && defaults === undefined)
		throw new UsageError(
			`${file}: the section [app:main] is missing; give the galaxy.ini that Galaxy is started with`,
		);
	const settings = new Map<string, Found>();
	const values = valuesOf(sections, file, app);
	for (const [key, { text: raw, line }] of values) {
		const origin = { source: "file", file, line, key } as const;
		const value = replaced(raw, values, (reference) => {
			throw new UsageError(
				line === 0
					? `${file}: Galaxy does not start with a file whose path contains %; rename its folder`
					: `${placeOf(origin)}: ${reference} leads nowhere; give the value itself, and %% for a percent sign`,
			);
		});
		// Where only [DEFAULT] exists, Galaxy takes an empty result as the text in the file.
		const text = value === "" && app === undefined ? raw : value;
		if (line > 0 && isWanted(key)) settings.set(key, { text, origin });
	}
	const ports = portsIn(plainIni(sections, file));
	return { settings, ports, gravity: undefined };
}

/** The section's options, which override DEFAULT's, and the two names that Galaxy adds. */
function valuesOf(
	sections: Sections,
	file: string,
	section: Iterable<[string, Option]> = [],
): Map<string, Option> {
	return new Map<string, Option>([
		["here", { text: dirname(file), line: 0 }],
		["__file__", { text: file, line: 0 }],
		...(sections.get(DEFAULT) ?? []),
		...section,
	]);
}

/** Lenient, because references in uWSGI's section are uWSGI's. */
function plainIni(sections: Sections, file: string): Section {
	const plain = [...sections].map(([name, section]) => {
		const all = valuesOf(sections, file, section);
		const texts = [...section].map(([key, { text }]) => [
			key,
			replaced(text, all, (reference) => reference),
		]);
		return [name, Object.fromEntries(texts)];
	});
	return Object.fromEntries(plain);
}

/**
 * Reads a YAML file: the keys below `galaxy:` whose value is not null. Galaxy reads YAML 1.1: `yes` is true, `<<` merges,
 * and keys may be given twice (usual in the uwsgi section).
 * @param file named in errors
 * @throws {UsageError} if it is not YAML, lacks `galaxy:`, or a wanted key has a list or a map
 */
function readYaml(
	text: string,
	file: string,
	isWanted: (key: string) => boolean,
): GalaxyFile {
	const document = parsed(text, file);
	const { yaml, content } = document;
	const top = pairsOf(document, content.contents);
	const section = top.get("galaxy");
	if (section === undefined)
		throw new UsageError(
			`${file}: the section galaxy: is missing; give the galaxy.yml that Galaxy is started with`,
		);
	if (!isMapOrNothing(yaml, section.value))
		throw new UsageError(
			`${file} line ${section.line}: the section galaxy is not a map; write its settings as key: value, indented below galaxy:. Galaxy cannot read it either.`,
		);
	const gravity = gravityIn(document, file);
	const proxy = pairsOf(gravity.document, gravity.node).get("gx_it_proxy");
	const gravitys = (node: unknown, wanted: typeof isWanted, in_?: string) =>
		valuesIn({ ...gravity, node, in_ }, wanted);
	return {
		settings: valuesIn({ document, file, node: section.value }, isWanted),
		ports: portsIn({
			...plain(content),
			gravity: toJs(gravity.document, gravity.node),
		}),
		galaxyRoot: gravitys(gravity.node, (key) => key === "galaxy_root").get(
			"galaxy_root",
		),
		gravity: yaml.isMap(proxy?.value)
			? gravitys(proxy.value, isOfGravity, "gx_it_proxy.")
			: undefined,
	};
}

/** A map of a YAML file. */
interface Place {
	readonly document: Document;
	readonly file: string;
	readonly node: unknown;
	/** The prefix of its keys in messages. */
	readonly in_?: string | undefined;
}

/** @throws {UsageError} if a wanted key has a list or a map */
function valuesIn(
	{ document, file, node, in_ = "" }: Place,
	isWanted: (key: string) => boolean,
): Map<string, Found> {
	const settings = new Map<string, Found>();
	for (const [key, { line, value }] of pairsOf(document, node)) {
		const isScalar = document.yaml.isScalar(value);
		if (!isWanted(key) || value === null || (isScalar && value.value === null))
			continue;
		if (!isScalar)
			throw new UsageError(
				`${file} line ${line}: ${key}: a list or a map is not allowed; give a single value`,
			);
		const origin = { source: "file", file, line, key: in_ + key } as const;
		settings.set(key, { text: String(value.value), origin });
	}
	return settings;
}

/** Gravity's section for this file of Galaxy's; of several instances, which are a list, the first if none names the file. */
function gravityIn(galaxys: Document, file: string): Place {
	const sectionOf = (document: Document) =>
		pairsOf(document, document.content.contents).get("gravity");
	const own = sectionOf(galaxys);
	const place = gravityFileOf(file, own !== undefined);
	const document =
		place === file ? galaxys : parsed(readText(place).text, place);
	const section = place === file ? own : sectionOf(document);
	const { yaml } = document;
	const all = yaml.isSeq(section?.value)
		? section.value.items.map((item) => resolved(document, item))
		: [section?.value];
	const node = all.find((each) => {
		const named = pairsOf(document, each).get("galaxy_config_file")?.value;
		const text = yaml.isScalar(named) ? String(named.value) : undefined;
		return isSectionFor(file, place, text);
	});
	return { document, file: place, node: node ?? all[0] };
}

/** A section without settings is null. */
function isMapOrNothing(yaml: typeof Yaml, node: unknown): boolean {
	const isNull = yaml.isScalar(node) && node.value === null;
	return yaml.isMap(node) || isNull || node === null;
}

function toJs({ yaml, content }: Document, node: unknown): unknown {
	return yaml.isNode(node) ? node.toJS(content) : undefined;
}

type Document = ReturnType<typeof parsed>;

function parsed(text: string, file: string) {
	// Loaded only if a file is given, synchronously.
	const yaml: typeof Yaml = require("yaml");
	const lineCounter = new yaml.LineCounter();
	const lineAt = (offset: number) => lineCounter.linePos(offset).line;
	const content = yaml.parseDocument(text, {
		version: "1.1",
		uniqueKeys: false,
		prettyErrors: false,
		logLevel: "error",
		lineCounter,
		customTags: withoutFractions,
	});
	const refuse = (at: number, problem: string): never => {
		throw new UsageError(
			`${file} line ${lineAt(at)}: ${problem}; correct it, Galaxy cannot read it either`,
		);
	};
	const [error] = content.errors;
	if (error?.code === "MULTIPLE_DOCS")
		refuse(error.pos[0], "a second YAML document begins here (---)");
	if (error !== undefined)
		refuse(error.pos[0], `this is not YAML: ${error.message}`);
	yaml.visit(content, {
		Alias(_, alias) {
			if (alias.resolve(content) === undefined)
				refuse(
					alias.range?.[0] ?? 0,
					`no anchor &${alias.source} is above *${alias.source}`,
				);
		},
	});
	return { yaml, content, lineAt };
}

/** No setting of ours is a fraction. The library reads the path "." as one, which Galaxy does not, and 0.10 as 0.1. */
function withoutFractions(tags: Yaml.Tags): Yaml.Tags {
	return tags.filter(
		(tag) => typeof tag === "string" || !tag.tag.endsWith(":float"),
	);
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

export function sectionOf(value: unknown): Section {
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

import type * as Yaml from "yaml";
import { type Found, UsageError } from "./origin.js";

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

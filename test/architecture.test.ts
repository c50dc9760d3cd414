import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { repository } from "./support/folders.js";

/** Which rooms each room of src/ may import. Every room may import the leaves, the files on top of src/. */
const ARROWS: Record<string, readonly string[]> = {
	main: ["cli", "log"],
	cli: ["daemon", "supervisor", "commands", "config", "log", "process"],
	commands: [
		"config",
		"http1",
		"listening",
		"log",
		"proxy",
		"routing",
		"session-map",
	],
	daemon: [
		"admin",
		"config",
		"listening",
		"log",
		"owner-check",
		"pages",
		"process",
		"proxy",
		"session-map",
	],
	supervisor: ["admin", "config", "listening", "log", "process"],
	process: ["config", "listening", "log"],
	"owner-check": [],
	admin: ["config", "http1", "listening", "log"],
	pages: ["config"],
	"session-map": ["http1", "log"],
	proxy: ["http1", "listening", "routing"],
	routing: ["http1"],
	config: [],
	http1: [],
	listening: [],
	log: [],
};

/** A line that gives the reason for a breach of a house number, as the style asks. */
const REASON = /^\/\/ Longer than \d+ lines: \w.+/m;
const SOURCE_LINES = 300;
const TEST_LINES = 200;

const sources = join(repository, "src");
const sourceFiles = typescriptIn(sources);
const testFiles = typescriptIn(join(repository, "test"));
const imports = new Map(sourceFiles.map((file) => [file, importsOf(file)]));

test("imports follow the arrows", () => {
	const wrong: string[] = [];
	for (const [file, imported] of imports)
		for (const other of imported)
			if (!mayImport(file, other))
				wrong.push(`${shown(file)} imports ${shown(other)}`);
	assert.deepEqual(wrong, []);
});

test("the serving modules are loaded once the port is open", () => {
	const app = join(sources, "daemon", "daemon.ts");
	const early = [...loadedWith(app)].map(shown);
	assert.ok(early.includes("src/proxy/listeners.ts"));
	assert.ok(!early.includes("src/proxy/client-connection.ts"), early.join(" "));
	const run = readFileSync(app, "utf8");
	assert.match(
		run,
		/openListeners\(listeners[\s\S]*import\("\.\.\/proxy\/proxy\.js"\)/,
	);
});

test("there are no import circles", () => {
	const finished = new Set<string>();
	const circles: string[] = [];
	function visit(file: string, path: string[]): void {
		if (path.includes(file))
			circles.push([...path, file].map(shown).join(" -> "));
		if (finished.has(file) || path.includes(file)) return;
		for (const other of imports.get(file) ?? []) visit(other, [...path, file]);
		finished.add(file);
	}
	for (const file of sourceFiles) visit(file, []);
	assert.deepEqual(circles, []);
});

test("files are within the size limit, or give a reason", () => {
	assert.deepEqual(tooLong(sourceFiles, SOURCE_LINES), []);
	assert.deepEqual(tooLong(testFiles, TEST_LINES), []);
});

test("nothing is of type any", () => {
	const found: string[] = [];
	for (const file of [...sourceFiles, ...testFiles]) {
		const source = parsed(file);
		const visit = (node: ts.Node): void => {
			if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(shown(file));
			ts.forEachChild(node, visit);
		};
		visit(source);
	}
	assert.deepEqual(found, []);
});

test("no folder or file is a catch-all", () => {
	const drawers = /\/(utils?|helpers?|common|misc)(\.ts)?(\/|$)/;
	const files = [...sourceFiles, ...testFiles];
	assert.deepEqual(
		files.map(shown).filter((file) => drawers.test(file)),
		[],
	);
});

function mayImport(file: string, other: string): boolean {
	const [from, to] = [partOf(file), partOf(other)];
	if (from === to) return true;
	return to === "leaf" || (ARROWS[from] ?? []).includes(to);
}

/** The room that a source belongs to: its folder, or main; the other files on top are leaves. */
function partOf(file: string): string {
	const [top = ""] = relative(sources, file).split("/");
	const part = top.replace(/\.ts$/, "");
	return part in ARROWS ? part : "leaf";
}

function importsOf(file: string): string[] {
	const { importedFiles } = ts.preProcessFile(readFileSync(file, "utf8"));
	return importedFiles
		.map(({ fileName }) => fileName)
		.filter((name) => name.startsWith("."))
		.map((name) => resolve(dirname(file), name.replace(/\.js$/, ".ts")));
}

/** The file and all that its imports load before it runs. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
	if (seen.has(file)) return seen;
	seen.add(file);
	for (const statement of parsed(file).statements) {
		if (!ts.isImportDeclaration(statement)) continue;
		const { importClause, moduleSpecifier } = statement;
		const { text } = moduleSpecifier as ts.StringLiteral;
		if (importClause?.isTypeOnly || !text.startsWith(".")) continue;
		loadedWith(resolve(dirname(file), text.replace(/\.js$/, ".ts")), seen);
	}
	return seen;
}

function parsed(file: string): ts.SourceFile {
	const text = readFileSync(file, "utf8");
	return ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
}

function tooLong(files: string[], most: number): string[] {
	return files
		.map((file) => ({ file, text: readFileSync(file, "utf8") }))
		.filter(({ text }) => text.trimEnd().split("\n").length > most)
		.filter(({ text }) => !REASON.test(text))
		.map(({ file }) => shown(file));
}

/** The end-to-end tests build their Galaxy in a folder whose name begins with a dot. */
function typescriptIn(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true })
		.filter(({ name }) => !name.startsWith("."))
		.flatMap((entry) => {
			const path = join(folder, entry.name);
			return entry.isDirectory() ? typescriptIn(path) : [path];
		})
		.filter((path) => path.endsWith(".ts"));
}

function shown(file: string): string {
	return relative(repository, file);
}

import assert from "node:assert/strict";
import { test } from "node:test";
import ts from "typescript";
import { read } from "../support/folders.js";
import { runCli } from "./run-cli.js";

/** Node runs this first, and the program then takes it for another version. */
function pretend(version: string): string[] {
	const code = `Object.defineProperty(process, "version", { value: "${version}" })`;
	return ["--import", `data:text/javascript,${encodeURIComponent(code)}`];
}

for (const version of ["v0.10.48", "v6.17.1", "v18.20.8"])
	test(`on Node ${version} one line names the required version, with exit code 1`, async () => {
		const nodeArgs = pretend(version);
		const { code, stdout, stderr } = await runCli(["--help"], { nodeArgs });
		assert.deepEqual([code, stdout], [1, ""]);
		assert.match(
			stderr,
			new RegExp(`^galaxy-proxy: .*Node 20 or later.*${version}.*\n$`),
		);
	});

test("Node 20 is not", async () => {
	const { code } = await runCli(["--help"], { nodeArgs: pretend("v20.0.0") });
	assert.equal(code, 0);
});

for (const file of ["lib/main.js", "bin/galaxy-proxy.js"])
	test(`${file} has no syntax that came after ES5`, () => {
		const text = read(file);
		const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
		const later: string[] = [];
		visit(source);
		assert.deepEqual(later, []);

		function visit(node: ts.Node): void {
			const blockScoped =
				ts.isVariableDeclarationList(node) &&
				node.flags & ts.NodeFlags.BlockScoped;
			const trailingComma =
				ts.isCallExpression(node) && node.arguments.hasTrailingComma;
			if (LATER.has(node.kind) || blockScoped || trailingComma)
				later.push(node.getText(source));
			ts.forEachChild(node, visit);
		}
	});

const LATER = new Set([
	ts.SyntaxKind.ArrowFunction,
	ts.SyntaxKind.ClassDeclaration,
	ts.SyntaxKind.NoSubstitutionTemplateLiteral,
	ts.SyntaxKind.TemplateExpression,
	ts.SyntaxKind.SpreadElement,
	ts.SyntaxKind.ObjectBindingPattern,
	ts.SyntaxKind.ArrayBindingPattern,
	ts.SyntaxKind.ShorthandPropertyAssignment,
	ts.SyntaxKind.ImportDeclaration,
	ts.SyntaxKind.ForOfStatement,
]);

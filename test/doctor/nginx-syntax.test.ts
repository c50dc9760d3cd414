import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type Directive,
	NginxSyntaxError,
	parseNginx,
} from "../../src/commands/doctor/nginx/syntax.js";

/** Names and words alone; a block is a list behind them. */
function plain(directives: readonly Directive[]): unknown[] {
	return directives.map(({ name, args, block }) => [
		...[name, ...args],
		...(block === undefined ? [] : [plain(block)]),
	]);
}

const parsed = (text: string) => plain(parseNginx(text, "nginx.conf"));

const READ: Record<string, [text: string, expected: unknown[]]> = {
	"words, blocks and comments": [
		"a b  c; # d {\nserver { listen 80; }\n",
		[
			["a", "b", "c"],
			["server", [["listen", "80"]]],
		],
	],
	"a # within a word is no comment": ["a b#c;", [["a", "b#c"]]],
	"quoted words keep white space, semicolons, braces and #": [
		`a "b ; { } # c" 'it"s' "";`,
		[["a", "b ; { } # c", 'it"s', ""]],
	],
	"a quote within a word is a common character": ['a b"c;', [["a", 'b"c']]],
	"escapes of nginx, and those of regular expressions": [
		String.raw`a \"b\" "c\"d" 'e\\f' ~^/x\.y\d+$ g\;h;`,
		[["a", '"b"', 'c"d', "e\\f", String.raw`~^/x\.y\d+$`, String.raw`g\;h`]],
	],
	"the brace of a variable belongs to its word": [
		`proxy_pass http://\${host}:80;`,
		[["proxy_pass", `http://\${host}:80`]],
	],
	"a regular expression with braces in quotes": [
		'location ~ "^/[a-z]{2}/" { a; }',
		[["location", "~", "^/[a-z]{2}/", [["a"]]]],
	],
	"a block right behind a word": ["http{a b;}", [["http", [["a", "b"]]]]],
	"Lua is skipped": [
		"content_by_lua_block { local t = {1}; ngx.say('x;}') -- don't }\n } a b;",
		[
			["content_by_lua_block", []],
			["a", "b"],
		],
	],
	"several lines of one directive": ["a\n  b\n  c;", [["a", "b", "c"]]],
	"line ends of Windows": [
		"a b;\r\nc d;\r\n",
		[
			["a", "b"],
			["c", "d"],
		],
	],
};

for (const [name, [text, expected]] of Object.entries(READ))
	test(name, () => assert.deepEqual(parsed(text), expected));

test("each directive knows its file and line", () => {
	const [, http] = parseNginx('a "x\ny";\n\nhttp {\n  b;\n}', "/f");
	const [inner] = http?.block ?? [];
	assert.deepEqual([http?.line, inner?.line, inner?.file], [4, 5, "/f"]);
});

for (const text of ["a b", "a {", "a; }", "{ a; }", '"a', '"a"b;', ";"])
	test(`nginx refuses ${JSON.stringify(text)}, and so does this parser`, () => {
		assert.throws(() => parseNginx(text, "/f"), NginxSyntaxError);
	});

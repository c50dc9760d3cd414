import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { UsageError } from "../../src/config/config.js";
import { readGalaxyFile } from "../../src/config/galaxy-file.js";

/** What each file shows, and its text with JSON's escapes. */
const FILES = String.raw`
key = value | [app:main]\na = 1
key: value | [app:main]\na: 1
key:value | [app:main]\na:1
key=value | [app:main]\na=1
blanks and tabs around both | [app:main]\na \t = \t b c \t \nd\t:\te
a colon in a value | [app:main]\na = b:c=d
an equals sign in a value behind a colon | [app:main]\na: b=c:d
an empty value | [app:main]\na =\nb:
a name with blanks, dots and dashes | [app:main]\na b.c-d = 1
names in upper case | [app:main]\nDynamic_Proxy = x\nB = %(DYNAMIC_proxy)s
a name with an umlaut | [app:main]\n\u00c4b = \u00e4
a name that begins like a section | [app:main]\n[a = 1
quotes stay | [app:main]\na = \"b\"\nc = 'd'
backslashes stay | [app:main]\na = C:\\new\\t
brackets behind a name | [app:main]\na[] = 1
words of other dialects | [app:main]\na = true\nb = null\nc = 010\n__proto__ = 1\nconstructor = 2
export is a part of the name | [app:main]\nexport a = 1
# in a value | [app:main]\na = /run#1/map\nb = 1 # c
; in a value | [app:main]\na = /a;b/map\nb = 1 ; c
a comment as value | [app:main]\na = # b\nc = ; d
comments on their own | # a\n; b\n[app:main]\n  # c\n\t; d\na = 1\n#b = 2
a comment behind the header | [app:main]  ; the web application\na = 1
# behind the header | [app:main] # web\na = 1
text behind the header | [app:main]a = 1\nb = 2
an indented header |   [app:main]\na = 1\n b = 2
an indented header and keys | \t[app:main]\n  a = 1\n b = 2
an indented header below a key is its value | [app:main]\na = 1\n [other]\n b = 2
blanks in the header | [DEFAULT]\na = 1\n[ app:main ]\nb = 2
another case of the header | [DEFAULT]\na = 1\n[App:Main]\nb = 2
a bracket in another header | [a]b] ; c\nd = 1\n[app:main]\ne = 2
an empty header | [app:main]\na = 1\n[]
an unfinished header | [app:main\na = 1
an unfinished header with a colon below another | [app:main]\n[server:main\na = 1
a continuation line | [app:main]\na = 1\n  2\n\t3
a continuation line with key and value | [app:main]\na = 1\n  b = 2
a value that begins on the next line | [app:main]\na =\n  1\n  2
a continuation line that looks like a section | [app:main]\na =\n  [other]
an empty line in a value | [app:main]\na = 1\n\n  2\n\n\nb = 3
a line of blanks in a value | [app:main]\na = 1\n    \n  2
a comment in a value | [app:main]\na = 1\n# c\n  # d\n  2\n;e\n  3
a comment behind a continuation line stays | [app:main]\na = 1\n  2 # c
indented less than the line before | [app:main]\n   a = 1\n     2\n  b = 3\n    4
the same indent as its key | [app:main]\n  a = 1\n  b = 2
a tab counts like a blank | [app:main]\n  a = 1\n\tb = 2
indented below the header | [app:main]\n  a = 1
a continuation below the header | [app:main]\n  a
Windows line ends | [app:main]\r\na = 1\r\n  2\r\nb = 3\r\n
old line ends | [app:main]\ra = 1\r  2\rb = 3
mixed line ends | [app:main]\r\na = 1\n\rb = 2
form feeds end no line | [app:main]\na = 1\fb = 2\u000bc = 3\u2028d = 4\u0085e = 5
other white space is stripped | [app:main]\n\u00a0a\u2003=\u001c1\u3000\n\u001d\u001d2\u0085
a zero-width blank is none | [app:main]\na = \ufeff1\ufeff
no end of the last line | [app:main]\na = 1
only DEFAULT | [DEFAULT]\na = 1\nb = %(a)s\nc = %(d)s\nd =
DEFAULT below the section | [app:main]\na = %(b)s\n[DEFAULT]\nb = 1
DEFAULT twice | [DEFAULT]\na = 1\n[app:main]\nb = 2\n[DEFAULT]\nc = 3
DEFAULT in small letters is a section | [default]\na = 1\n[app:main]\nb = 2
the section overrides DEFAULT | [DEFAULT]\na = 1\nb = %(a)s\n[app:main]\na = 2
%(here)s and %(__file__)s | [app:main]\na = %(here)s/x\nb = %(__file__)s\nc = %(HERE)s
here is overridden | [app:main]\nhere = /srv\na = %(here)s
a name with a dash | [DEFAULT]\ndata-root = /d\n[app:main]\na = %(data-root)s/x
a name with dots | [DEFAULT]\ngalaxy.root = /d\n[app:main]\na = %(galaxy.root)s/x
a name with blanks and brackets | [app:main]\na b(c = 1\nd = %(a b(c)s
blanks within a reference | [app:main]\na = 1\nb = %( a )s
references below each other | [app:main]\na = %(b)s%(b)s\nb = (%(c)s)\nc = %%1
percent signs | [app:main]\na = 100%%\nb = %%(c)s\nc = %%%%
a percent sign alone | [app:main]\na = 100%
a percent sign before a letter | [app:main]\na = %d
a reference without s | [app:main]\na = 1\nb = %(a)
an empty reference | [app:main]\na = %()s
a reference that is not closed | [app:main]\na = %(b
a reference over two lines | [app:main]\na = %(b\n  c)s
a bad reference in an override | [DEFAULT]\na = %(b)s\n[app:main]\na = 1
a bad reference in another section | [other]\na = %(b)s %c\n[app:main]\na = 1
a name of another section | [other]\nb = 1\n[app:main]\na = %(b)s
a circle | [app:main]\na = %(b)s\nb = %(a)s
nine levels | [app:main]\na=%(b)s\nb=%(c)s\nc=%(d)s\nd=%(e)s\ne=%(f)s\nf=%(g)s\ng=%(h)s\nh=%(i)s\ni=%(j)s\nj=1
ten levels | [app:main]\na=%(b)s\nb=%(c)s\nc=%(d)s\nd=%(e)s\ne=%(f)s\nf=%(g)s\ng=%(h)s\nh=%(i)s\ni=%(j)s\nj=%%
eleven levels | [app:main]\na=%(b)s\nb=%(c)s\nc=%(d)s\nd=%(e)s\ne=%(f)s\nf=%(g)s\ng=%(h)s\nh=%(i)s\ni=%(j)s\nj=%(k)s\nk=%%
a key twice | [app:main]\na = 1\na = 2
a key twice in another case | [app:main]\na = 1\nA: 2
a key twice in DEFAULT | [DEFAULT]\na = 1\n[DEFAULT]\na = 2\n[app:main]
a key twice in another section | [app:main]\na = 1\n[other]\nb = 1\nb = 1
a section twice | [app:main]\na = 1\n[app:main]\nb = 1
another section twice | [x]\n[app:main]\na = 1\n[x]
a key in two sections | [app:main]\na = 1\n[other]\na = 2
a key before the sections | a = 1\n[app:main]\nb = 2
a line without a value | [app:main]\na
a line without a name | [app:main]\n= 1
a byte order mark | \ufeff[app:main]\na = 1
a byte order mark before a comment | \ufeff# a\n[app:main]\nb = 1
other letters than UTF-8's | [app:main]\na = <FC>
a part of a letter in a comment | [app:main]\na = 1\n# <C3>
`
	.trim()
	.split("\n")
	.map((line) => line.split(" | ", 2) as [what: string, text: string]);

/** Reads as Galaxy does: prints the settings of each file, or null where an error ends Galaxy's start. */
const GALAXY = `
import configparser, json, os, sys

def settings(path):
    parser = configparser.ConfigParser(defaults={'here': os.path.dirname(path), '__file__': path})
    with open(path, encoding='utf-8') as file:
        parser.read_file(file)
    if parser.has_section('app:main'):
        return dict(parser.items('app:main'))
    return {key: parser.get('DEFAULT', key) or raw for key, raw in parser.defaults().items()}

def result(path):
    try:
        return settings(path)
    except (configparser.Error, UnicodeDecodeError):
        return None

print(json.dumps([result(path) for path in sys.argv[1:]]))`;

const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-ini-"));
after(() => rmSync(folder, { recursive: true }));
const paths = FILES.map(([, text], index) => {
	const path = join(folder, `${index}.ini`);
	const bytes = Buffer.from(JSON.parse(`"${text}"`));
	const broken = bytes
		.toString("latin1")
		.replace(/<(..)>/g, (_, hex) =>
			String.fromCharCode(Number.parseInt(hex, 16)),
		);
	writeFileSync(path, broken, "latin1");
	return path;
});
const read: Array<Record<string, string> | null> = JSON.parse(
	execFileSync("python3", ["-c", GALAXY, ...paths], { encoding: "utf8" }),
);

for (const [index, [what]] of FILES.entries())
	test(`galaxy.ini as Python reads it: ${what}`, () => {
		const path = paths[index] ?? "";
		assert.deepEqual(settingsIn(path), read[index]);
	});

test("the files are enough, and Python reads most of them", () => {
	assert.ok(FILES.length >= 60, `${FILES.length}`);
	assert.ok(read.filter((each) => each !== null).length >= 45);
});

test("a long run of blanks, empty lines or opened references does not stall the reader", () => {
	const path = join(folder, "long.ini");
	const a = `1${" ".repeat(500_000)}2${"\n".repeat(100_000)}\n 3`;
	const references = "%(".repeat(300_000);
	writeFileSync(path, `[app:main]\na = ${a}\n[uwsgi]\nb = ${references}\n`);
	assert.equal(settingsIn(path)?.a, a.replace("\n 3", "\n3"));
});

function settingsIn(path: string): Record<string, string> | null {
	try {
		const { settings } = readGalaxyFile(path, () => true);
		const texts = [...settings].map(([key, { text }]) => [key, text]);
		return { here: folder, __file__: path, ...Object.fromEntries(texts) };
	} catch (error) {
		assert.ok(error instanceof UsageError);
		assert.match(error.message, /^\S+\.ini line \d+: .*; /s);
		return null;
	}
}

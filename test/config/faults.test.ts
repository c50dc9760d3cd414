import assert from "node:assert/strict";
import { test } from "node:test";
import { readSettings, UsageError } from "../../src/config/config.js";
import { galaxyFolder } from "./galaxy-folder.js";

const yml = "galaxy.yml";
const ini = "galaxy.ini";

/** The fault, its file, the file's text, and the expected message after the file's path. */
const cases: [
	what: string,
	file: string,
	text: string | Buffer,
	says: RegExp,
][] = [
	[
		"a port that is none",
		yml,
		"galaxy:\n\n  dynamic_proxy_bind_port: 88x\n",
		/^ line 3: dynamic_proxy_bind_port: "88x" is not allowed; give a whole number from 0/,
	],
	[
		"a port that is none, in ini",
		ini,
		"[app:main]\n\ndynamic_proxy_bind_port = 88x\n",
		/^ line 3: dynamic_proxy_bind_port: "88x" is not allowed; give a whole number from 0/,
	],
	[
		"an address that is none",
		yml,
		"galaxy:\n  dynamic_proxy_bind_ip: 256.1.1.1\n",
		/^ line 2: dynamic_proxy_bind_ip: "256.1.1.1".*0\.0\.0\.0/,
	],
	[
		"neither yes nor no",
		yml,
		"galaxy:\n  dynamic_proxy_external_proxy: perhaps\n",
		/^ line 2: dynamic_proxy_external_proxy: "perhaps".*true/,
	],
	[
		"a cookie path without its slash",
		yml,
		"galaxy:\n  cookie_path: galaxy\n",
		/^ line 2: cookie_path: "galaxy" is not allowed; give .*for example \/galaxy$/,
	],
	[
		"a prefix with a query",
		yml,
		"galaxy:\n  dynamic_proxy_prefix: a?b\n",
		/^ line 2: dynamic_proxy_prefix: "a\?b".*for example gie_proxy$/,
	],
	[
		"an empty session map",
		ini,
		"[app:main]\ndynamic_proxy_session_map =\n",
		/^ line 2: dynamic_proxy_session_map: "" is not allowed; give the path of a file/,
	],
	[
		"a list where one value belongs",
		yml,
		"galaxy:\n  cookie_path: [/a, /b]\n",
		/^ line 2: cookie_path: a list or a map is not allowed; give a single value/,
	],
	[
		"a misspelt setting",
		yml,
		"galaxy:\n  dynamic_proxy_bindport: 1\n",
		/^ line 2: dynamic_proxy_bindport: Galaxy has no such setting; known are .*dynamic_proxy_bind_port/,
	],
	[
		"the proxy in Go",
		yml,
		"galaxy:\n  dynamic_proxy: golang\n",
		/^ line 2: dynamic_proxy: "golang" is not allowed; give node/,
	],
	[
		"no YAML",
		yml,
		"galaxy:\n  a: [1\n  b: 2\n",
		/^ line [23]: this is not YAML: .*Galaxy cannot read it either/,
	],
	[
		"another YAML file",
		yml,
		"plugins: []\n",
		/^: the section galaxy: is missing/,
	],
	["an empty file", yml, "", /^: the section galaxy: is missing/],
	[
		"a list where settings should be",
		yml,
		"galaxy:\n  - dynamic_proxy_bind_port: 1\n",
		/^ line 1: the section galaxy is not a map; write its settings as key: value/,
	],
	[
		"two YAML documents",
		yml,
		"galaxy:\n  a: b\n---\ngravity:\n",
		/^ line 3: a second YAML document begins here \(---\); correct it/,
	],
	[
		"an alias without its anchor",
		yml,
		"galaxy:\n  dynamic_proxy_bind_port: *port\n",
		/^ line 2: no anchor &port is above \*port; correct it/,
	],
	[
		"another ini file",
		ini,
		"[main]\na=b\n",
		/^: the section \[app:main\] is missing/,
	],
	[
		"a reference that leads nowhere",
		ini,
		"[app:main]\ndynamic_proxy_session_map = %(there)s/map\n",
		/^ line 2: dynamic_proxy_session_map: %\(there\)s leads nowhere; give the value/,
	],
	[
		"a reference to itself",
		ini,
		"[app:main]\ncookie_path = /%(cookie_path)s\n",
		/^ line 2: cookie_path: %\(cookie_path\)s leads nowhere/,
	],
	[
		"a percent sign alone, in a setting of Galaxy's",
		ini,
		"[app:main]\n\nbrand = 100%\n",
		/^ line 3: brand: % leads nowhere; give .*, and %% for a percent sign/,
	],
	[
		"a key that is given twice",
		ini,
		"[app:main]\ncookie_path = /a\n\ncookie_path = /b\n",
		/^ line 4: cookie_path is given in line 2 already; remove one of them; Galaxy cannot/,
	],
	[
		"a section that is given twice",
		ini,
		"[app:main]\n[app:main]\n",
		/^ line 2: \[app:main\] is given twice; join the two; Galaxy cannot/,
	],
	[
		"a line without a value",
		ini,
		"[app:main]\ncookie_path\n",
		/^ line 2: this is neither \[section\] nor key = value; correct it; Galaxy cannot/,
	],
	[
		"a key before the sections",
		ini,
		"cookie_path = /a\n[app:main]\n",
		/^ line 1: a section is missing before this line; begin with \[app:main\]; Galaxy/,
	],
	[
		"a byte order mark",
		ini,
		"\uFEFF[app:main]\n",
		/^ line 1: the file begins with a byte order mark; save it without one; Galaxy/,
	],
	[
		"a letter that is not UTF-8's",
		ini,
		Buffer.from("[app:main]\n# Universit\xE4t\n", "latin1"),
		/^ line 2: this is not UTF-8; save the file as UTF-8/,
	],
	["a file of another kind", "job_conf.xml", "<a/>", /^ is neither .ini nor/],
];

for (const [what, file, text, says] of cases)
	test(`${what} is refused; the message names the place and the allowed values`, (t) => {
		const cwd = galaxyFolder(t, { [file]: text });
		assert.throws(
			() => readSettings({ config: file }, { env: {}, cwd }),
			(error) => {
				assert.ok(error instanceof UsageError);
				const message = error.message.replace(/^--config: /, "");
				assert.ok(message.startsWith(`${cwd}/${file}`), message);
				assert.match(message.slice(cwd.length + 1 + file.length), says);
				return true;
			},
		);
	});

test("for a missing file the message says what to give", (t) => {
	const cwd = galaxyFolder(t, {});
	assert.throws(
		() => readSettings({ config: "galaxy.yml" }, { env: {}, cwd }),
		/^Error: --config: .*galaxy\.yml cannot be read: ENOENT.*; give the galaxy\.ini/,
	);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { PRINT } from "../../src/commands/front/front.js";
import type {
	Front,
	FrontOptions,
} from "../../src/commands/front/front-settings.js";
import { unitSettings } from "../../src/commands/front/unit-settings.js";
import { supervisord, systemd } from "../../src/commands/front/units.js";
import type { Given } from "../../src/config/config.js";
import { read } from "../support/folders.js";

const surroundings = { env: {}, cwd: "/srv/galaxy" };
const site = { galaxyRoot: "/srv/galaxy", serverName: "galaxy.example.org" };
const front = {
	words:
		"--port 8800 --proxy-prefix /galaxy/gie_proxy --galaxy-root /srv/galaxy --server-name galaxy.example.org",
	flags: { port: "8800", proxyPrefix: "/galaxy/gie_proxy" },
};
const above = {
	words:
		"--port 8800 --sessions /srv/galaxy/database/session_map.sqlite --galaxy-root /srv/galaxy --user galaxy",
	flags: { port: "8800", sessions: "database/session_map.sqlite" },
};

for (const kind of ["nginx", "apache"] as const)
	test(`docs/front-proxies.md shows what front ${kind} prints`, () => {
		const line = { flags: front.flags, surroundings };
		assert.equal(
			shown("front-proxies.md", kind, front.words),
			PRINT[kind](site, line),
		);
	});

const NAME = { serverName: "galaxy.example.org" };
const TOOLS = { ...NAME, for: "tools" } as const;
const FOR_TOOLS = "--for tools --port 4002 --server-name galaxy.example.org";
const TWO = ["10.0.0.7:8800,8801", "10.0.0.8:8800,8801"];

const OTHERS: readonly [
	page: string,
	kind: Front,
	words: string,
	flags: Given,
	options: FrontOptions,
][] = [
	["front-proxies.md", "nginx", FOR_TOOLS, { port: "4002" }, TOOLS],
	[
		"front-proxies.md",
		"galaxy",
		"--for tools --server-name galaxy.example.org",
		{},
		TOOLS,
	],
	["front-proxies.md", "apache", FOR_TOOLS, { port: "4002" }, TOOLS],
	["front-proxies.md", "caddy", FOR_TOOLS, { port: "4002" }, TOOLS],
	["front-proxies.md", "traefik", FOR_TOOLS, { port: "4002" }, TOOLS],
	[
		"front-proxies.md",
		"caddy",
		"--port 8800 --proxy-prefix /galaxy/gie_proxy --server-name galaxy.example.org",
		front.flags,
		NAME,
	],
	[
		"several-machines.md",
		"haproxy",
		`--for tools --server ${TWO.join(" --server ")} --server-name galaxy.example.org`,
		{},
		{ ...TOOLS, server: TWO },
	],
];

for (const [page, kind, words, flags, options] of OTHERS)
	test(`docs/${page} shows what front ${kind} ${words} prints`, () => {
		const line = { flags, surroundings };
		assert.equal(shown(page, kind, words), PRINT[kind](options, line));
	});

for (const [kind, print] of [
	["systemd", systemd],
	["supervisord", supervisord],
] as const)
	test(`docs/install.md shows what front ${kind} prints for a proxy in Galaxy's tree`, () => {
		const options = { galaxyRoot: "/srv/galaxy", user: "galaxy" };
		const settings = unitSettings(options, {
			flags: above.flags,
			surroundings,
		});
		const text = print({
			...settings,
			node: "/usr/bin/node",
			main: "/srv/galaxy/lib/galaxy/web/proxy/js/lib/main.js",
		});
		assert.equal(shown("install.md", kind, above.words), text);
	});

/** The block after the console line with these words; a backslash may break that line in two. */
function shown(page: string, kind: string, words: string): string {
	const docs = read(`docs/${page}`);
	const blocks = [...docs.matchAll(/```(\w+)\n(.*?)```\n/gs)];
	const console = `$ galaxy-proxy front ${kind} ${words}\n`;
	const at = blocks.findIndex(
		([, , text]) => text?.replace(/ \\\n +/g, " ") === console,
	);
	assert.notEqual(at, -1, `docs/${page} lacks ${console}`);
	return blocks[at + 1]?.[2] ?? "";
}

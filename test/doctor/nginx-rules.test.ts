// Longer than 200 lines: one table with a case for each rule.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readConfiguration } from "../../src/commands/doctor/nginx/files.js";
import { nginxFindings } from "../../src/commands/doctor/nginx/nginx-checks.js";
import type { Known } from "../../src/commands/doctor/nginx/rule.js";
import { configure, withMap } from "../../src/config/config.js";
import { scratchFolder } from "../support/folders.js";

/** All that tools need of a location. */
const LINES = {
	proxy_pass: "http://127.0.0.1:4002",
	proxy_http_version: "1.1",
	"proxy_set_header Host": "$http_host",
	"proxy_set_header Upgrade": "$http_upgrade",
	"proxy_set_header Connection": "$tool_connection",
	"proxy_set_header X-Forwarded-Proto": "$scheme",
	proxy_read_timeout: "1d",
	client_max_body_size: "0",
	proxy_buffering: "off",
	proxy_request_buffering: "off",
	proxy_ignore_headers: "X-Accel-Redirect",
};

type Changes = Readonly<Record<string, string | undefined>>;

interface Case {
	/** Lines of the location that differ; undefined for a missing one. */
	readonly lines?: Changes;
	/** Lines of the server, before the location. */
	readonly server?: string;
	readonly http?: string;
	readonly flags?: Readonly<Record<string, string | boolean>>;
	readonly verdict?: "wrong" | "doubtful";
	/** The finding; nothing is wrong without it. */
	readonly what?: RegExp;
	readonly remedy?: RegExp;
	readonly url?: string;
	readonly version?: string;
}

const CASES: Record<string, Case> = {
	"all lines that tools need": {},
	"Host without its port": {
		lines: { "proxy_set_header Host": "$host" },
		what: /cuts the port 8443 off Host: WebSockets of Jupyter and Streamlit will be refused: .*nginx\.conf:\d+$/,
		remedy: /^Write proxy_set_header Host \$http_host; there/,
	},
	"Host without a port that Galaxy has not": {
		lines: { "proxy_set_header Host": "$host" },
		url: "https://galaxy.example",
	},
	"no Host": {
		lines: { "proxy_set_header Host": undefined },
		what: /Host is not passed on/,
		remedy: /into these blocks/,
	},
	"headers of the server that those of the location hide": {
		lines: { "proxy_set_header Host": undefined },
		server: "proxy_set_header Host $http_host;",
		what: /hides all of the blocks around it/,
	},
	"all headers in the server": {
		lines: {
			"proxy_set_header Host": undefined,
			"proxy_set_header Upgrade": undefined,
			"proxy_set_header Connection": undefined,
			"proxy_set_header X-Forwarded-Proto": undefined,
		},
		server:
			"proxy_set_header Host $http_host; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_set_header X-Forwarded-Proto https;",
	},
	"headers of the server, without one": {
		lines: {
			"proxy_set_header Host": undefined,
			"proxy_set_header Upgrade": undefined,
			"proxy_set_header Connection": undefined,
			"proxy_set_header X-Forwarded-Proto": undefined,
		},
		server:
			"proxy_set_header Host $http_host; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;",
		verdict: "doubtful",
		what: /no X-Forwarded-Proto/,
		remedy: /with a copy of the proxy_set_header lines .* \(\S+:4\), which/,
	},
	"no Upgrade": {
		lines: { "proxy_set_header Upgrade": undefined },
		what: /WebSockets are not passed on/,
	},
	"HTTP/1.0 by default": {
		lines: { proxy_http_version: undefined },
		version: "1.22.1",
		what: /HTTP\/1\.0/,
		remedy: /proxy_http_version 1\.1;/,
	},
	"HTTP/1.1 by default": {
		lines: { proxy_http_version: undefined },
		version: "1.30.0",
	},
	"the default read timeout": {
		lines: { proxy_read_timeout: undefined },
		what: /idle Shiny or desktop is cut after 60 s.*default/,
		remedy: /proxy_read_timeout 1d;/,
	},
	"a read timeout of the server": {
		lines: { proxy_read_timeout: undefined },
		server: "proxy_read_timeout 5m;",
		what: /after 300 s.*nginx\.conf:4$/,
	},
	"a body limit of http": {
		lines: { client_max_body_size: undefined },
		http: "client_max_body_size 8m;",
		what: /uploads above 8 MiB/,
	},
	"uploads are buffered by default": {
		lines: { proxy_request_buffering: undefined },
		verdict: "doubtful",
		what: /buffers uploads/,
	},
	"X-Accel-Redirect is obeyed": {
		lines: { proxy_ignore_headers: "Set-Cookie" },
		verdict: "doubtful",
		what: /obeys X-Accel-Redirect. This proxy drops it/,
		remedy: /proxy_ignore_headers X-Accel-Redirect/,
	},
	"X-Accel-Redirect is obeyed and passed on": {
		lines: { proxy_ignore_headers: undefined },
		flags: { keepField: "X-Accel-Redirect" },
		what: /--keep-field lets pass/,
	},
	"no scheme": {
		lines: { "proxy_set_header X-Forwarded-Proto": undefined },
		verdict: "doubtful",
		what: /X-Forwarded-Proto/,
	},
	"a password of the server": {
		server: 'auth_basic "Galaxy";',
		what: /auth_basic, inherited from \S+:\d+\) .*: \S+$/,
		remedy: /^Write auth_basic off; into these blocks,/,
	},
	"a password of the location": {
		lines: { auth_basic: '"Tools"' },
		what: /\(auth_basic\) is asked for/,
		remedy: /^Write auth_basic off; there,/,
	},
	"a password of the server that the location does not ask for": {
		server: 'auth_basic "Galaxy";',
		lines: { auth_basic: "off" },
	},
	"a login of the server": {
		server: "auth_request /login;",
		verdict: "doubtful",
		what: /auth_request/,
	},
	"a user's name that the proxy withholds": {
		lines: { "proxy_set_header REMOTE_USER": "$remote_user" },
		verdict: "doubtful",
		what: /This proxy withholds it/,
	},
	"the browser's name, which is no user's": {
		lines: { "proxy_set_header User-Agent": "$http_user_agent" },
	},
	"a user's name that tools get": {
		lines: { "proxy_set_header OIDC-CLAIM-email": "$mail" },
		verdict: "doubtful",
		what: /tools get OIDC-CLAIM-email/,
		remedy: /--withhold OIDC-CLAIM-email/,
	},
	"an upstream, whose name is in a variable": {
		http: "upstream tools { server 10.9.9.9:1; server localhost:4002; }",
		server: "set $to tools;",
		lines: { proxy_pass: "http://$to" },
	},
};

function textOf({ lines, server = "", http = "" }: Case): string {
	const all = Object.entries({ ...LINES, ...lines });
	const location = all.flatMap(([name, value]) =>
		value === undefined ? [] : [`${name} ${value};`],
	);
	return `http { ${http}\nserver {\nserver_name *.ep.interactivetool.galaxy.example;\n${server}\nlocation / {\n${location.join("\n")}\n} } }\n`;
}

for (const [name, each] of Object.entries(CASES))
	test(name, async (t) => {
		const file = join(scratchFolder(t), "nginx.conf");
		writeFileSync(file, textOf(each));
		const read = await readConfiguration({ root: "", file });
		assert.ok(read);
		const flags = { sessions: "map.sqlite", port: "4002", ...each.flags };
		const config = configure({ ...flags, mode: "gxit" }, { env: {}, cwd: "/" });
		const known: Known = {
			config: withMap(config),
			url: new URL(each.url ?? "https://galaxy.example:8443"),
			version: each.version,
			userField: undefined,
		};
		const [first, ...others] = nginxFindings(read, known);
		assert.equal(first?.verdict, "good");
		assert.match(first.what, /^1 block .*galaxy\.example\)$/);
		if (each.what === undefined) {
			assert.deepEqual(others, []);
			return;
		}
		assert.equal(others.length, 1, JSON.stringify(others));
		assert.equal(others[0]?.verdict, each.verdict ?? "wrong");
		assert.match(others[0]?.what ?? "", each.what);
		assert.match(others[0]?.remedy ?? "", each.remedy ?? /./);
	});

import assert from "node:assert/strict";
import { test } from "node:test";
import { PRINT } from "../../src/commands/front/front.js";
import type { FrontOptions } from "../../src/commands/front/front-settings.js";
import type { Given } from "../../src/config/config.js";

function nginx(flags: Given, options: FrontOptions = {}): string {
	const surroundings = { env: {}, cwd: "/srv" };
	return PRINT.nginx(options, { flags, surroundings });
}

const TWO = ["10.0.0.7:8800,8801", "[fd00::8]:8800"];

function upstream(text: string): string {
	return /^upstream [^\n]*\{\n(.*?)^\}/ms.exec(text)?.[1] ?? "";
}

const KEEPALIVE = `    keepalive 32;
    keepalive_timeout 60s;
`;

test("an upstream of several daemons is sticky by the environments' cookie", () => {
	const text = nginx({}, { server: TWO });
	assert.equal(
		upstream(text),
		`    hash $gie_proxy_key consistent;
    server 10.0.0.7:8800 fail_timeout=2s;
    server [fd00::8]:8800 fail_timeout=2s;
${KEEPALIVE}`,
	);
	assert.match(text, /map \$cookie_galaxysession \$gie_proxy_key \{/);
	assert.match(text, /proxy_connect_timeout 2s;/);
});

test("a cookie that nginx has no variable for leaves the daemons in turn", () => {
	const text = nginx({ cookie: "a-b" }, { server: TWO });
	assert.doesNotMatch(text, /hash|gie_proxy_key/);
	assert.match(upstream(text), /server 10.0.0.7:8800 .*\n.*server \[fd00::8\]/);
});

test("tools have server blocks of their own, sticky by host name or key", () => {
	const flags = { mode: "gxit" };
	const options = { server: TWO, serverName: "galaxy.example.org" };
	const text = nginx(flags, options);
	assert.match(upstream(text), /^ {4}hash \$tool_key consistent;\n/);
	for (const line of [
		"    default $host;",
		'    "~^/interactivetool/ep/+(?<key>[^/?]+)" $key;',
		"    server_name *.interactivetool.galaxy.example.org;",
		"    server_name galaxy.example.org;",
		"    location ^~ /interactivetool/ep/ {",
		"    location / {",
		"        proxy_connect_timeout 2s;",
	])
		assert.ok(text.split("\n").includes(line), line);
	assert.doesNotMatch(text, /gie_proxy/);
});

test("one daemon needs no stickiness", () => {
	for (const flags of [{ port: "8800" }, { port: "8800", mode: "gxit" }]) {
		const text = nginx(flags);
		assert.equal(upstream(text), `    server 127.0.0.1:8800;\n${KEEPALIVE}`);
		assert.doesNotMatch(text, /hash|_key|proxy_connect_timeout/);
	}
});

test("after a daemon's 421 the others are asked, and it is the last one", () => {
	for (const mode of ["gie", "gxit"]) {
		const text = nginx({ mode }, { server: [...TWO, "10.0.0.9:8800"] });
		const [, name = ""] = /error_page 421 = @(\w+);/.exec(text) ?? [];
		for (const line of [
			`    "~\\\\[fd00::8\\\\]:8800$" ${name}2;`,
			`    location @${name} {`,
			`        proxy_pass http://$${name};`,
		])
			assert.ok(text.split("\n").includes(line), line);
		const [, second = ""] =
			new RegExp(`^upstream ${name}2 \\{\n(.*?)^\\}`, "ms").exec(text) ?? [];
		assert.equal(
			second,
			`    server 10.0.0.7:8800 max_fails=0;
    server 10.0.0.9:8800 max_fails=0;
    server [fd00::8]:8800 max_fails=0 backup;
`,
		);
	}
});

test("one daemon has no other to ask", () => {
	for (const mode of ["gie", "gxit"])
		assert.doesNotMatch(nginx({ mode, port: "8800" }), /421|intercept|_other/);
});

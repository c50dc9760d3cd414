import assert from "node:assert/strict";
import { test } from "node:test";
import { proxyBlocks } from "../../src/commands/doctor/nginx/blocks.js";
import { addressIn } from "../../src/commands/doctor/nginx/public-name.js";
import { parseNginx } from "../../src/commands/doctor/nginx/syntax.js";

const TO = "location / { proxy_pass http://127.0.0.1:4002; }";

const CASES: Record<string, [servers: string, url: string | undefined]> = {
	"the server of the tools' names, with its port": [
		`server { listen 8080; server_name galaxy.example; ${TO} }
		server { listen 127.0.0.1:8443; server_name *.ep.interactivetool.galaxy.example.org; ${TO} }`,
		"http://galaxy.example.org:8443/",
	],
	"a listener with TLS before one without": [
		`server { listen 80; listen [::]:443 ssl; server_name *.interactivetool.galaxy.example; ${TO} }`,
		"https://galaxy.example/",
	],
	"the server of tools by path": [
		`server { listen 443 ssl; server_name _ galaxy.example; ${TO} }`,
		"https://galaxy.example/",
	],
	"a server without a listener": [
		`server { server_name .interactivetool.galaxy.example; ${TO} }`,
		"http://galaxy.example/",
	],
	"no server that leads to the proxy": [
		"server { server_name galaxy.example; location / { proxy_pass http://127.0.0.1:1; } }",
		undefined,
	],
	"regular expressions say nothing": [
		`server { server_name ~^(?<key>.+)\\.ep\\.; ${TO} }`,
		undefined,
	],
};

for (const [name, [servers, url]] of Object.entries(CASES))
	test(`Galaxy's address in nginx: ${name}`, () => {
		const directives = parseNginx(`http { ${servers} }`, "nginx.conf");
		const blocks = proxyBlocks(directives, (at) => at === "127.0.0.1:4002");
		assert.equal(addressIn(blocks, "interactivetool")?.url.href, url);
	});

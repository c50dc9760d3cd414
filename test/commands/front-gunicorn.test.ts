import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { PRINT } from "../../src/commands/front/front.js";
import { UsageError } from "../../src/config/config.js";
import { scratchFolder } from "../support/folders.js";

type Kind = "nginx" | "apache" | "haproxy" | "caddy" | "traefik";

/** With this section of gravity's, which is YAML in one line. */
function printed(t: TestContext, kind: Kind, gravity: string): string {
	const cwd = scratchFolder(t);
	const config = join(cwd, "galaxy.yml");
	writeFileSync(
		config,
		`gravity: ${gravity}\ngalaxy: {interactivetools_enable: true}\n`,
	);
	const flags = { config, mode: "gxit", admin: "127.0.0.1:4003" };
	return PRINT[kind]({}, { flags, surroundings: { env: {}, cwd } });
}

test("Galaxy is where gravity lets gunicorn listen", (t) => {
	const nginx = (gravity: string) => printed(t, "nginx", gravity);
	const isAt = (address: string) => new RegExp(` proxy_pass ${address};\n`);
	assert.match(nginx("{app_server: gunicorn}"), isAt("http://localhost:8080"));
	assert.match(
		nginx("{gunicorn: {bind: '127.0.0.1:9999'}}"),
		isAt("http://127.0.0.1:9999"),
	);
	assert.match(
		nginx("{gunicorn: [{bind: ':9998'}, {bind: 'localhost:9997'}]}"),
		isAt("http://localhost:9998"),
	);
	assert.match(
		nginx("[{gunicorn: {bind: '0.0.0.0:9996'}}]"),
		isAt("http://localhost:9996"),
	);
});

test("in old releases Galaxy is where uWSGI listens", (t) => {
	const cwd = scratchFolder(t);
	const config = join(cwd, "galaxy.yml");
	writeFileSync(
		config,
		"uwsgi: {http: ':8085'}\ngalaxy: {interactivetools_enable: true}\n",
	);
	const line = { flags: { config }, surroundings: { env: {}, cwd } };
	assert.match(PRINT.nginx({}, line), / proxy_pass http:\/\/localhost:8085;\n/);
});

test("gunicorn may listen on a socket file", (t) => {
	const gravity = "{gunicorn: {bind: 'unix:/srv/galaxy/var/gunicorn.sock'}}";
	const path = "/srv/galaxy/var/gunicorn.sock";
	assert.match(
		printed(t, "nginx", gravity),
		new RegExp(` proxy_pass http://unix:${path};\n`),
	);
	assert.match(
		printed(t, "apache", gravity),
		new RegExp(`ProxyPass +"/" "unix:${path}\\|http://localhost/"\n`),
	);
	const haproxy = printed(t, "haproxy", gravity);
	assert.match(haproxy, new RegExp(` server galaxy unix@${path}\n`));
	assert.doesNotMatch(haproxy, /^ +chroot /m);
	assert.match(
		printed(t, "caddy", gravity),
		new RegExp(`\treverse_proxy unix/${path}\n`),
	);
	assert.throws(
		() => printed(t, "traefik", gravity),
		(error) => error instanceof UsageError && /--galaxy/.test(error.message),
	);
});

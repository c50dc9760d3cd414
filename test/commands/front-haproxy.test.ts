import assert from "node:assert/strict";
import { test } from "node:test";
import { PRINT } from "../../src/commands/front/front.js";
import type { FrontOptions } from "../../src/commands/front/front-settings.js";
import type { Given } from "../../src/config/config.js";

function haproxy(flags: Given, options: FrontOptions = {}): string {
	const surroundings = { env: {}, cwd: "/srv" };
	return PRINT.haproxy(options, { flags, surroundings });
}

/** The lines of a backend, without comments. */
function backend(text: string, name: string): string[] {
	const [, lines = ""] = text.split(`\nbackend ${name}\n`);
	return (lines.split("\n\n")[0] ?? "")
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line !== "" && !line.startsWith("#"));
}

const TWO = ["10.0.0.7:8800,8801", "10.0.0.8:8800,8801"];

test("each daemon is a server checked by /readyz, and a backup checked by /servez", () => {
	const text = haproxy({}, { server: TWO });
	const servers = [
		"server proxy1 10.0.0.7:8800 check port 8801",
		"server proxy2 10.0.0.8:8800 check port 8801",
	];
	const ready = backend(text, "galaxy_proxy");
	assert.deepEqual(ready.slice(-2), servers);
	assert.ok(ready.some((line) => / uri \/readyz .* hdr Host /.test(line)));
	const backups = backend(text, "galaxy_proxy_backup");
	// In the same order, so that both backends find the same daemon for a session.
	assert.deepEqual(
		backups.slice(-2),
		servers.map((line) => `${line} backup`),
	);
	assert.ok(backups.includes("option allbackups"));
	assert.ok(backups.some((line) => / uri \/servez .* hdr Host /.test(line)));
});

test("a request that was sent is repeated only if its method is safe", () => {
	const proxies = backend(haproxy({}, { server: TWO }), "galaxy_proxy");
	for (const line of [
		"option redispatch 1",
		"retry-on conn-failure empty-response",
		"http-request disable-l7-retry unless { method GET HEAD }",
	])
		assert.ok(proxies.includes(line), line);
	assert.match(haproxy({}, { server: TWO }), /\n {4}timeout tunnel 24h\n/);
});

test("environments have their path, and stickiness by their cookie", () => {
	const flags = { proxyPrefix: "/galaxy/gie_proxy", cookie: "my.session" };
	const text = haproxy(flags, { server: TWO });
	assert.match(text, /acl is_proxied path \/galaxy\/gie_proxy\n/);
	assert.match(text, /acl is_proxied path_beg \/galaxy\/gie_proxy\/\n/);
	const proxies = backend(text, "galaxy_proxy");
	assert.ok(proxies.includes("balance hash req.cook(my.session)"));
	assert.ok(proxies.includes("hash-type consistent"));
	assert.doesNotMatch(text, /interactivetool/);
});

test("tools have their domain and path, and stickiness by host name or key", () => {
	const flags = { mode: "gxit", proxyPathPrefix: "/galaxy/interactivetool/ep" };
	const serverName = "Galaxy.example.org";
	const text = haproxy(flags, { server: TWO, serverName });
	assert.ok(text.includes("-m end .interactivetool.galaxy.example.org\n"));
	assert.match(
		text,
		/acl is_proxied path_beg \/galaxy\/interactivetool\/ep\/\n/,
	);
	const proxies = backend(text, "galaxy_proxy");
	for (const line of [
		"http-request set-var(txn.tool) req.hdr(host),lower",
		"http-request set-var(txn.tool) path,field(5,/) if { path_beg /galaxy/interactivetool/ep/ }",
		"balance hash var(txn.tool)",
	])
		assert.ok(proxies.includes(line), line);
	assert.doesNotMatch(text, /req\.cook|gie_proxy/);
});

test("without --server it is the one daemon of the proxy's own flags", () => {
	const flags = { port: "8800", admin: "[::1]:8801" };
	const [, server] = /\n {4}(server proxy1 .*)\n/.exec(haproxy(flags)) ?? [];
	assert.equal(
		server,
		"server proxy1 127.0.0.1:8800 check addr [::1] port 8801",
	);
	const onSocket = haproxy({ ...flags, ip: "unix:/run/gie/a.sock" });
	assert.match(onSocket, /server proxy1 unix@\/run\/gie\/a.sock check addr /);
	// A path leads elsewhere below a chroot.
	assert.doesNotMatch(onSocket, /\n {4}chroot /);
});

test("an admin listener at another address is checked there, and names of this host become numbers", () => {
	const server = ["localhost:8800,8801", "[fd00::7]:8800,[fd00::8]:8801"];
	const proxies = backend(haproxy({}, { server }), "galaxy_proxy");
	for (const line of [
		"server proxy1 127.0.0.1:8800 check port 8801",
		"server proxy2 [fd00::7]:8800 check addr [fd00::8] port 8801",
	])
		assert.ok(proxies.includes(line), line);
});

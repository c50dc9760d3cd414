import assert from "node:assert/strict";
import { test } from "node:test";
import { PRINT } from "../../src/commands/front/front.js";
import type {
	Front,
	FrontOptions,
} from "../../src/commands/front/front-settings.js";
import { type Given, UsageError } from "../../src/config/config.js";
import { runCli } from "../cli/run-cli.js";

/** The command's output for these flags of the proxy and options of its own. */
function front(kind: Front, flags: Given, options: FrontOptions = {}): string {
	const surroundings = { env: {}, cwd: "/srv" };
	return PRINT[kind](options, { flags, surroundings });
}

const PORT = { port: "8800" };

test("without a prefix it is Galaxy's own default, with Galaxy at /", () => {
	const nginx = front("nginx", PORT);
	assert.match(nginx, /location \^~ \/gie_proxy \{/);
	assert.match(nginx, /location \/ \{/);
	const apache = front("apache", PORT);
	assert.match(
		apache,
		/ {4}ProxyPass {8}"\/gie_proxy" "http:\/\/127.0.0.1:8800\/gie_proxy" /,
	);
	assert.match(apache, / {4}ProxyPass {8}"\/" "http:\/\/localhost:8000\/"\n/);
});

test("a prefix puts Galaxy above its last segment", () => {
	const flags = { ...PORT, proxyPrefix: "/a/galaxy/gie_proxy" };
	const nginx = front("nginx", flags);
	assert.match(nginx, /location \^~ \/a\/galaxy\/gie_proxy \{/);
	assert.match(nginx, /location \/a\/galaxy \{/);
	assert.match(
		front("apache", flags),
		/"http:\/\/localhost:8000\/a\/galaxy"\n/,
	);
});

test("an encoded prefix is compared decoded, and passed on as it is", () => {
	const flags = { ...PORT, proxyPrefix: '/my%20galaxy/%zz;{}"' };
	const nginx = front("nginx", flags);
	assert.ok(nginx.includes('location ^~ "/my%20galaxy/%zz;{}\\"" {'), nginx);
	const proper = { ...PORT, proxyPrefix: "/my%20galaxy/gie" };
	assert.match(front("nginx", proper), /location \^~ "\/my galaxy\/gie" \{/);
	assert.match(
		front("apache", proper),
		/ProxyPass {8}"\/my galaxy\/gie" "http:\/\/127.0.0.1:8800\/my%20galaxy\/gie" /,
	);
});

test("the daemon is named by an address that it listens on", () => {
	for (const [ip, reached] of [
		["localhost", "127.0.0.1"],
		["0.0.0.0", "127.0.0.1"],
		["::", "[::1]"],
		["fd00::7", "[fd00::7]"],
		["10.0.0.7", "10.0.0.7"],
		["gie.example.org", "gie.example.org"],
	] as const) {
		const nginx = front("nginx", { ...PORT, ip });
		assert.ok(nginx.includes(`server ${reached}:8800;`), nginx);
	}
	const socket = { ip: "unix:/run/gie/a b.sock" };
	assert.match(front("nginx", socket), /server "unix:\/run\/gie\/a b.sock";/);
	assert.match(
		front("apache", socket),
		/ "unix:\/run\/gie\/a b.sock\|http:\/\/localhost\/gie_proxy" nocanon/,
	);
});

test("an idle connection is ended by the front proxy, before the daemon does", () => {
	const idle = (idleTimeout: string) => {
		const flags = { ...PORT, idleTimeout };
		const [, nginx] =
			/keepalive_timeout (\d+)s;/.exec(front("nginx", flags)) ?? [];
		const [, apache] = / ttl=(\d+) /.exec(front("apache", flags)) ?? [];
		assert.equal(nginx, apache);
		return nginx;
	};
	assert.deepEqual(["125", "0", "20", "2"].map(idle), ["60", "60", "15", "1"]);
});

test("plugins' static files are served if Galaxy's folder is given, with odd characters quoted", () => {
	assert.doesNotMatch(front("nginx", PORT), /static_file/);
	const odd = { galaxyRoot: 'a "b"; {c}' };
	const flags = { ...PORT, proxyPrefix: "/a.b/gie_proxy" };
	assert.ok(
		front("nginx", flags, odd).includes(
			`    location ~ ^/a\\.b/plugins/(?<plug_type>[^/]+)/(?<vis_name>[^/]+)/static/(?<static_file>.*)$ {
        alias "/srv/a \\"b\\"; {c}/config/plugins/$plug_type/$vis_name/static/$static_file";
`,
		),
	);
	assert.ok(
		front("apache", flags, odd).includes(
			`<Directory "/srv/a \\"b\\"; {c}/config/plugins">`,
		),
	);
});

test("values that a format cannot contain, and invalid names, addresses and ports, are refused", () => {
	const refused = (kind: Front, flags: Given, options: FrontOptions = {}) => {
		try {
			front(kind, flags, options);
		} catch (error) {
			if (error instanceof UsageError) return error.message;
			throw error;
		}
		return "nothing";
	};
	const braces = { ...PORT, proxyPrefix: `/$${"{X}"}/gie_proxy` };
	assert.match(refused("apache", braces), /because of \$\{: choose/);
	for (const [options, message] of [
		[{ galaxyRoot: "/srv/$HOME" }, /because of a dollar sign: choose/],
		[{ galaxyRoot: "/srv/a\nb" }, /because of a line's end: choose/],
		[{ serverName: "a b" }, /^--server-name: "a b" is not allowed; give /],
		[{ serverName: "unix:/x" }, /^--server-name: .* is not allowed; give /],
		[{ galaxy: "unix:/x:80" }, /^--galaxy: .* is not allowed; give a host and/],
		[{ galaxy: "localhost" }, /^--galaxy: .* is not allowed; give a host and/],
		[{ galaxy: "a;b:80" }, /^--galaxy: .* is not allowed; give a host and/],
		[{ galaxy: "::1:80" }, /^--galaxy: .* is not allowed; give a host and/],
	] as const)
		assert.match(refused("nginx", PORT, options), message);
	assert.match(refused("nginx", {}), /--port 8000 is where Galaxy itself/);
	assert.equal(refused("nginx", {}, { galaxy: "[::1]:8080" }), "nothing");
});

test("the command prints the requested configuration and refuses any other word", async () => {
	const args = "front nginx --port 8800 --server-name a.example".split(" ");
	const { code, stdout, stderr } = await runCli(args);
	assert.deepEqual([code, stderr], [0, ""]);
	assert.equal(stdout, front("nginx", PORT, { serverName: "a.example" }));
	const unknown = await runCli(["front", "lighttpd"]);
	assert.equal(unknown.code, 2);
	assert.match(
		unknown.stderr,
		/nginx, apache, haproxy, caddy, traefik, galaxy, systemd, supervisord/,
	);
});

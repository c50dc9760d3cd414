import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { PRINT } from "../../src/commands/front/front.js";
import type { System } from "../../src/commands/front/front-settings.js";
import { type Given, UsageError } from "../../src/config/config.js";

function printed(kind: "caddy" | "traefik", system: System, flags: Given = {}) {
	const options = { for: system, serverName: "galaxy.example.org" };
	const surroundings = { env: {}, cwd: "/srv" };
	const line = { flags: { port: "8800", ...flags }, surroundings };
	return PRINT[kind](options, line);
}

test("Caddy has a block for tools by domain, and a handle for tools by path", () => {
	const text = printed("caddy", "tools");
	assert.match(
		text,
		/^http:\/\/\*\.ep\.interactivetool\.galaxy\.example\.org \{$/m,
	);
	assert.match(text, /^\thandle \/interactivetool\/ep\/\* \{$/m);
	assert.match(text, /^\thandle \{$/m);
});

test("Caddy leads to a unix socket, and to environments below Galaxy's path", () => {
	const socket = printed("caddy", "tools", { ip: "unix:/run/gie/a.sock" });
	assert.match(socket, /reverse_proxy unix\/\/run\/gie\/a\.sock \{/);
	const below = { proxyPrefix: "/galaxy/gie_proxy" };
	const text = printed("caddy", "environments", below);
	assert.match(
		text,
		/@environments path \/galaxy\/gie_proxy \/galaxy\/gie_proxy\/\*\n/,
	);
	assert.match(text, /^\thandle \/galaxy\* \{$/m);
});

test("a path that a format cannot contain is refused", () => {
	const refused = (kind: "caddy" | "traefik", proxyPathPrefix: string) =>
		assert.throws(
			() => printed(kind, "tools", { proxyPathPrefix }),
			(error) =>
				error instanceof UsageError &&
				/because of a .*choose/.test(error.message),
		);
	for (const path of ["/a{b}/ep", "/a*/ep", "/a`b/ep", "/a%25b/ep"])
		refused("caddy", path);
	refused("traefik", "/a`b/ep");
});

test("Traefik's two files are YAML, and each route leads to a service", () => {
	for (const [system, names] of [
		["tools", ["tools-by-domain", "tools-by-path", "galaxy"]],
		["environments", ["environments", "galaxy"]],
	] as const) {
		const text = printed("traefik", system);
		const [first, own = "", routes = ""] = text.split(/^# (?=\/etc\/)/m);
		assert.equal(first, "");
		const { entryPoints, providers } = parse(`# ${own}`);
		assert.ok(routes.startsWith(providers.file.filename));
		const { routers, services, serversTransports } = parse(`# ${routes}`).http;
		assert.deepEqual(Object.keys(routers), names);
		for (const { service, entryPoints: at, rule } of Object.values<{
			service: string;
			entryPoints: string[];
			rule: string;
		}>(routers)) {
			assert.ok(services[service]);
			assert.ok(at.every((name) => entryPoints[name]));
			assert.match(rule, /^Host(Regexp)?\(`/);
		}
		const { serversTransport } = services["galaxy-proxy"].loadBalancer;
		assert.ok(serversTransports[serversTransport]);
	}
});

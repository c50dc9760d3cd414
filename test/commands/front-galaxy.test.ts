import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parse } from "yaml";
import { PRINT } from "../../src/commands/front/front.js";
import type { FrontOptions } from "../../src/commands/front/front-settings.js";
import { type Given, UsageError } from "../../src/config/config.js";
import { scratchFolder } from "../support/folders.js";

const NAME = { serverName: "galaxy.example.org" };
const TOOLS = { ...NAME, for: "tools" } as const;
const ENVIRONMENTS = { ...NAME, for: "environments" } as const;

function printed(options: FrontOptions, flags: Given = {}, cwd = "/srv") {
	const surroundings = { env: {}, cwd };
	return PRINT.galaxy(options, { flags, surroundings });
}

/** A folder with this file in config/. */
function galaxyRoot(t: TestContext, file: string, text: string): string {
	const root = scratchFolder(t);
	mkdirSync(join(root, "config"));
	writeFileSync(join(root, "config", file), text);
	return root;
}

test("the settings for tools agree with each other and with the front proxy's defaults", () => {
	const text = printed(TOOLS);
	const { galaxy, gravity, execution } = parse(text);
	assert.equal(galaxy.interactivetools_enable, true);
	assert.equal(galaxy.interactivetools_prefix, "interactivetool");
	assert.equal(galaxy.interactivetools_base_path, "/");
	assert.equal(galaxy.galaxy_infrastructure_url, "https://galaxy.example.org");
	const map = "/var/lib/galaxy-proxy/interactivetools_map.sqlite";
	assert.equal(galaxy.interactivetools_map, map);
	const { enable, ip, port, sessions, version } = gravity.gx_it_proxy;
	assert.deepEqual(
		[enable, ip, port, sessions],
		[true, "127.0.0.1", 4002, map],
	);
	assert.match(version, /^file:.*galaxy-proxy-\d/);
	const tools = execution.environments.interactive_tools;
	assert.equal(tools.require_container, true);
	assert.match(tools.container_monitor_command, /galaxy-container-monitor$/);
	assert.match(tools.container_monitor_get_ip_method, /^command:/);
	assert.equal(tools.env[0].name, "DOCKER_HOST");
	assert.equal(tools.docker_host, undefined);
});

test("each setting has a comment above it", () => {
	for (const text of [printed(TOOLS), printed(ENVIRONMENTS)]) {
		const lines = text.split("\n");
		const settings = lines.flatMap((line, at) =>
			/^ +[a-z_]+: \S/.test(line) &&
			!/^ +(load|runner|value|default|environment):/.test(line)
				? [lines[at - 1]]
				: [],
		);
		assert.ok(settings.length > 8);
		for (const above of settings) assert.match(above ?? "", /^ +# \S/);
	}
});

test("the active address, path and inner proxy are written", () => {
	const flags = {
		...{ ip: "10.0.0.7", port: "4100", forwardIp: "10.0.0.9" },
		...{ forwardPort: "8910", proxyPathPrefix: "/galaxy/its/ep" },
	};
	const { galaxy, gravity } = parse(printed(TOOLS, flags));
	assert.equal(galaxy.interactivetools_base_path, "/galaxy");
	assert.equal(galaxy.interactivetools_prefix, "its");
	const { ip, port, forward_ip, forward_port } = gravity.gx_it_proxy;
	assert.deepEqual(
		[ip, port, forward_ip, forward_port],
		["10.0.0.7", 4100, "10.0.0.9", 8910],
	);
	assert.throws(
		() => printed(TOOLS, { proxyPathPrefix: "/its" }),
		(error) =>
			error instanceof UsageError && /ends with \/ep/.test(error.message),
	);
});

test("a map below Galaxy's root is moved out of it", (t) => {
	const root = galaxyRoot(
		t,
		"galaxy.yml",
		`gravity:
  virtualenv: /opt/venv
galaxy:
  root_dir: ..
  interactivetools_enable: true
  interactivetools_map: database/it.sqlite
  galaxy_infrastructure_url: https://usegalaxy.example
`,
	);
	const cwd = join(root, "config");
	const text = printed({}, { config: "galaxy.yml" }, cwd);
	const { galaxy, gravity, execution } = parse(text);
	const moved = "/var/lib/galaxy-proxy/interactivetools_map.sqlite";
	assert.equal(galaxy.interactivetools_map, moved);
	assert.equal(gravity.gx_it_proxy.sessions, moved);
	assert.ok(text.includes(`The map is ${root}/database/it.sqlite now`));
	assert.equal(galaxy.galaxy_infrastructure_url, "https://usegalaxy.example");
	assert.equal(
		execution.environments.interactive_tools.container_monitor_command,
		"/opt/venv/bin/galaxy-container-monitor",
	);
	const outside = { sessions: "/srv/maps/it.sqlite", config: "galaxy.yml" };
	const kept = parse(printed({}, outside, cwd));
	assert.equal(kept.galaxy.interactivetools_map, "/srv/maps/it.sqlite");
});

test("a database's password is not shown, and comes from a file that the environment names", (t) => {
	const text = printed(TOOLS, {
		sessions: "postgresql://galaxy:s3cret@db.example/gxitproxy?password=h1dden",
	});
	assert.doesNotMatch(text, /s3cret|h1dden/);
	const { galaxy, gravity } = parse(text);
	const url = "postgresql://galaxy@db.example/gxitproxy";
	assert.equal(galaxy.interactivetoolsproxy_map, url);
	assert.equal(galaxy.interactivetools_map, undefined);
	assert.equal(gravity.gx_it_proxy.sessions, url);
	assert.ok(gravity.gx_it_proxy.environment.PGPASSFILE);
	const root = galaxyRoot(
		t,
		"galaxy.yml",
		`galaxy:
  interactivetools_enable: true
  interactivetoolsproxy_map: postgresql://g:s3cret@db.example/map
`,
	);
	const found = printed({}, { config: "config/galaxy.yml" }, root);
	assert.match(
		found,
		/interactivetoolsproxy_map: postgresql:\/\/g@db.example\/map$/m,
	);
	assert.doesNotMatch(found, /s3cret|The map is/);
});

test("environments have the settings of their proxy, in the format of Galaxy's file", (t) => {
	const flags = {
		...{ port: "8801", proxyPrefix: "/galaxy/gie_proxy" },
		...{ sessions: "/srv/50%/map.sqlite" },
	};
	const { galaxy } = parse(printed(ENVIRONMENTS, flags));
	assert.equal(galaxy.dynamic_proxy_session_map, "/srv/50%/map.sqlite");
	assert.equal(galaxy.dynamic_proxy_bind_port, 8801);
	assert.equal(galaxy.dynamic_proxy_manage, false);
	assert.equal(galaxy.dynamic_proxy_external_proxy, true);
	assert.equal(galaxy.dynamic_proxy_prefix, "gie_proxy");
	assert.equal(galaxy.cookie_path, "/galaxy");
	const root = galaxyRoot(t, "galaxy.ini", "[app:main]\n");
	const config = join(root, "config/galaxy.ini");
	const ini = printed(ENVIRONMENTS, { ...flags, config });
	assert.match(ini, /^\[app:main\]\n(# .*\n[a-z_]+ = .*\n)+$/m);
	assert.match(ini, /^dynamic_proxy_session_map = \/srv\/50%%\/map.sqlite$/m);
});

test("the proxy that gravity starts reads Galaxy's file, so that no row leads to Galaxy's own port", (t) => {
	const root = galaxyRoot(t, "galaxy.yml", "galaxy: {}\n");
	const config = join(root, "config/galaxy.yml");
	const { gravity } = parse(printed(TOOLS, { config }, root));
	const { environment } = gravity.gx_it_proxy;
	assert.deepEqual(environment, { GALAXY_PROXY_CONFIG: config });
	const unknown = printed(TOOLS);
	assert.equal(parse(unknown).gravity.gx_it_proxy.environment, undefined);
	assert.match(unknown, /^ {4}# environment: \{GALAXY_PROXY_CONFIG: \//m);
});

test("without a sign of the system it is for tools", () => {
	assert.equal(printed(NAME), printed(TOOLS));
	assert.equal(printed(NAME, { mode: "gie" }), printed(ENVIRONMENTS));
});

test("a login in galaxy_infrastructure_url is not printed", (t) => {
	const root = galaxyRoot(
		t,
		"galaxy.yml",
		"galaxy: {galaxy_infrastructure_url: 'https://me:secret@galaxy.example.org'}\n",
	);
	const config = join(root, "config/galaxy.yml");
	const text = printed({ for: "tools" }, { config }, root);
	assert.doesNotMatch(text, /secret/);
	assert.match(
		text,
		/galaxy_infrastructure_url: https:\/\/galaxy\.example\.org\n/,
	);
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readSettings } from "../../src/config/config.js";
import { galaxyFolder } from "./galaxy-folder.js";

function read(
	t: TestContext,
	yaml: string,
	given: Record<string, string> = {},
	env: Record<string, string> = {},
) {
	const cwd = galaxyFolder(t, { "galaxy.yml": yaml });
	const config = join(cwd, "galaxy.yml");
	const settings = readSettings({ config, ...given }, { env, cwd });
	return { cwd, ...settings };
}

const ENABLED = "galaxy:\n  interactivetools_enable: true\n";

test("a Galaxy with tools and no map of environments means tools", (t) => {
	const { config, cwd } = read(t, ENABLED);
	assert.equal(config.mode, "gxit");
	assert.match(config.modeSign, /galaxy\.yml line 2: interactivetools_enable/);
	assert.equal(config.sessions, join(cwd, "data/interactivetools_map.sqlite"));
	assert.equal(config.proxyPathPrefix, "/interactivetool/ep");
	assert.deepEqual([config.ip, config.port], ["localhost", 8000]);
	assert.deepEqual([config.cors, config.ownPath], ["none", ""]);
});

test("a Galaxy without tools, or that names a map of environments, means environments", (t) => {
	assert.equal(read(t, "galaxy:\n").config.mode, "gie");
	const both = `${ENABLED}  dynamic_proxy_session_map: a.sqlite\n`;
	const { config } = read(t, both);
	assert.equal(config.mode, "gie");
	assert.match(config.modeSign, /dynamic_proxy_session_map/);
	assert.equal(config.proxyPathPrefix, "");
});

test("Galaxy's proxy for environments does not matter to tools", (t) => {
	const golang = "  dynamic_proxy: golang\n";
	assert.equal(read(t, ENABLED + golang).config.mode, "gxit");
	const given = { mode: "gxit", sessions: "/a.sqlite" };
	assert.equal(read(t, `galaxy:\n${golang}`, given).config.mode, "gxit");
	const refused = () => read(t, ENABLED + golang, { mode: "gie" });
	assert.throws(refused, /line 3: dynamic_proxy: "golang" is not allowed/);
});

test("the prefix is made of base path and prefix", (t) => {
	for (const [base, prefix, path] of [
		["/galaxy", "its", "/galaxy/its/ep"],
		["/galaxy/", "/its/", "/galaxy/its/ep"],
		["/", "a/b", "/a/b/ep"],
	]) {
		const yaml = `${ENABLED}  interactivetools_base_path: ${base}\n  interactivetools_prefix: ${prefix}\n`;
		assert.equal(read(t, yaml).config.proxyPathPrefix, path);
	}
});

test("a map that is given starts from Galaxy's root", (t) => {
	const relative = `${ENABLED}  interactivetools_map: db/it.sqlite\n`;
	const { config, cwd } = read(t, relative);
	assert.equal(config.sessions, join(cwd, "db/it.sqlite"));
	const inRoot = `gravity:\n  galaxy_root: /srv/galaxy\n${relative}`;
	assert.equal(read(t, inRoot).config.sessions, "/srv/galaxy/db/it.sqlite");
	const env = { GALAXY_CONFIG_OVERRIDE_INTERACTIVETOOLS_MAP: "/x.sqlite" };
	assert.equal(read(t, relative, {}, env).config.sessions, "/x.sqlite");
});

test("interactivetoolsproxy_map replaces interactivetools_map", (t) => {
	const yaml = (url: string) =>
		`${ENABLED}  interactivetools_map: a.sqlite\n  interactivetoolsproxy_map: ${url}\n`;
	const at = (url: string) => read(t, yaml(url)).config.sessions;
	assert.equal(at("sqlite:////srv/it.sqlite"), "/srv/it.sqlite");
	assert.match(at("sqlite:///it.sqlite?timeout=5") ?? "", /^\/.*\/it\.sqlite$/);
	assert.throws(() => at("sqlite:////srv/it.db"), /end in \.sqlite/);
});

const GRAVITY = `gravity:
  gx_it_proxy:
    enable: true
    ip: 127.0.0.1
    port: 14002
    sessions: db/it.sqlite
    verbose: false
    forward_ip: 10.0.0.5
    forward_port: 8910
    environment: {HOME: /tmp}
`;

test("gravity's section gives address, map and inner proxy", (t) => {
	const { config, origins, cwd } = read(t, GRAVITY + ENABLED);
	const { ip, port, verbose, forwardIp, forwardPort, sessions } = config;
	assert.deepEqual(
		[ip, port, verbose, forwardIp, forwardPort, sessions],
		["127.0.0.1", 14002, false, "10.0.0.5", 8910, join(cwd, "db/it.sqlite")],
	);
	assert.deepEqual(origins.get("port"), {
		source: "file",
		file: join(cwd, "galaxy.yml"),
		line: 5,
		key: "gx_it_proxy.port",
	});
	const galaxys = `${GRAVITY}${ENABLED}  interactivetools_map: /srv/it.sqlite\n`;
	assert.equal(read(t, galaxys).config.sessions, "/srv/it.sqlite");
	assert.equal(read(t, GRAVITY + ENABLED, { port: "1" }).config.port, 1);
});

test("of a section without them, gravity's own defaults apply", (t) => {
	const yaml = `gravity:\n  gx_it_proxy: {enable: true}\n${ENABLED}`;
	const { config, origins } = read(t, yaml);
	assert.deepEqual([config.port, config.verbose], [4002, true]);
	assert.deepEqual(origins.get("port"), { source: "default", of: "gravity" });
});

test("gravity's section means nothing to environments", (t) => {
	const { config } = read(t, `${GRAVITY}galaxy:\n`);
	assert.deepEqual([config.mode, config.port], ["gie", 8800]);
});

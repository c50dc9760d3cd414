import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { readSettings } from "../../src/config/config.js";
import { galaxyFolder } from "./galaxy-folder.js";

function read(t: TestContext, text: string, name = "galaxy.ini") {
	const cwd = galaxyFolder(t, { [name]: text });
	const { config, origins } = readSettings({ config: name }, { env: {}, cwd });
	const line = (flag: string) => {
		const origin = origins.get(flag);
		return origin?.source === "file" ? origin.line : null;
	};
	return { config, line, cwd };
}

test("settings of [app:main] take effect, with their lines; those of other sections do not", (t) => {
	const { config, line } = read(
		t,
		`
[server:main]
dynamic_proxy_bind_port = 1
[app:main]  ; the web application
; dynamic_proxy_bind_port = 2
#dynamic_proxy_bind_port = 3
dynamic_proxy_bind_port = 8801
dynamic_proxy_bind_ip=127.0.0.1
dynamic_proxy_debug   =   True
dynamic_proxy_external_proxy:on
dynamic_proxy_session_map = /srv/run#1;a/map.sqlite
dynamic_proxy_prefix = envs
cookie_path = /galaxy
[uwsgi]
dynamic_proxy_bind_port = 4
`,
	);
	assert.deepEqual(
		[config.port, config.ip, config.verbose, config.sessions],
		[8801, "127.0.0.1", true, "/srv/run#1;a/map.sqlite"],
	);
	assert.equal(config.ownPath, "/galaxy/envs");
	assert.deepEqual(
		["port", "ip", "verbose", "sessions"].map(line),
		[7, 8, 9, 11],
	);
});

test("%(here)s and other keys are replaced, those of [DEFAULT] as well", (t) => {
	const { config, line, cwd } = read(
		t,
		`[DEFAULT]
data = %(here)s/data
dynamic_proxy_bind_port = 5
[app:main]
dynamic_proxy_session_map = %(data)s/100%%/map.sqlite
`,
	);
	assert.equal(config.sessions, `${cwd}/data/100%/map.sqlite`);
	assert.equal(config.port, 5);
	assert.deepEqual(["sessions", "port"].map(line), [5, 3]);
});

test("Windows line ends do not hide the section", (t) => {
	const text = "[app:main]\r\n\r\ndynamic_proxy_bind_port = 8\r\n";
	const { config, line } = read(t, text, "universe_wsgi.ini");
	assert.equal(config.port, 8);
	assert.equal(line("port"), 3);
});

test("a sample, in which everything is commented out, gives Galaxy's defaults", (t) => {
	const text = "[app:main]\n#dynamic_proxy_bind_port = 1\n";
	const { config } = read(t, text, "galaxy.ini.sample");
	assert.deepEqual([config.ip, config.port], ["0.0.0.0", 8800]);
});

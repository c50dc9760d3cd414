import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { readSettings } from "../../src/config/config.js";
import { galaxyFolder } from "./galaxy-folder.js";

/** The settings of a galaxy.yml with this text: values, and their lines. */
function read(t: TestContext, text: string, name = "galaxy.yml") {
	const cwd = galaxyFolder(t, { [name]: text });
	const { config, origins } = readSettings({ config: name }, { env: {}, cwd });
	const lines = (...flags: string[]) =>
		flags.map((flag) => {
			const origin = origins.get(flag);
			return origin?.source === "file" ? origin.line : null;
		});
	return { config, lines };
}

test("settings of galaxy.yml take effect, with their lines", (t) => {
	const { config, lines } = read(
		t,
		`
gravity:
  gunicorn:
    bind: localhost:8080
galaxy:
  dynamic_proxy_manage: false
  dynamic_proxy_session_map: /srv/map.sqlite
  dynamic_proxy_bind_port: 8801
  # dynamic_proxy_bind_ip: 10.0.0.1
  dynamic_proxy_bind_ip: '127.0.0.1'
  dynamic_proxy_debug: true
  dynamic_proxy_external_proxy: true
  dynamic_proxy_prefix: "envs"
  cookie_path: /galaxy/
  tool_config_file: [a.xml, b.xml]
`,
	);
	assert.deepEqual(
		[config.sessions, config.port, config.ip, config.verbose],
		["/srv/map.sqlite", 8801, "127.0.0.1", true],
	);
	assert.equal(config.ownPath, "/galaxy/envs");
	assert.deepEqual(lines("sessions", "port", "ip", "verbose"), [7, 8, 10, 11]);
});

test("anchors, aliases and merged maps are followed to the line of the value", (t) => {
	const { config, lines } = read(
		t,
		`
first: &first
  dynamic_proxy_bind_ip: 10.0.0.1
  dynamic_proxy_bind_port: 1001
second: &second
  dynamic_proxy_bind_port: 1002
  dynamic_proxy_debug: &on yes
common: &common
  <<: [*first, *second]
  cookie_path: /common
galaxy:
  cookie_path: /galaxy
  <<: *common
  use_remote_user: *on
`,
	);
	assert.deepEqual(
		[config.ip, config.port, config.verbose, config.withholdBasic],
		["10.0.0.1", 1001, true, true],
	);
	assert.equal(config.ownPath, "/galaxy/gie_proxy");
	assert.deepEqual(
		lines("ip", "port", "verbose", "withholdBasic"),
		[3, 4, 7, 14],
	);
});

test("if a key is given twice the last one counts, in other sections as well", (t) => {
	const { config, lines } = read(
		t,
		`uwsgi:
  static-map: /a=b
  static-map: /c=d
galaxy:
  dynamic_proxy_bind_port: 1
  dynamic_proxy_bind_port: 2
`,
	);
	assert.equal(config.port, 2);
	assert.deepEqual(lines("port"), [6]);
});

test("a byte order mark and Windows line ends do not hide the section", (t) => {
	const text = "\uFEFFgalaxy:\r\n  dynamic_proxy_bind_port: 3\r\n";
	const { config, lines } = read(t, text);
	assert.equal(config.port, 3);
	assert.deepEqual(lines("port"), [2]);
});

test("words for yes and no are YAML 1.1's", (t) => {
	for (const word of ["yes", "on", "True", "'true'", "1"]) {
		const text = `galaxy: {dynamic_proxy_debug: ${word}}`;
		assert.equal(read(t, text).config.verbose, true, word);
	}
	for (const word of ["no", "off", "False", "0", "~", "''"]) {
		const text = `galaxy: {dynamic_proxy_debug: ${word}}`;
		assert.equal(read(t, text).config.verbose, false, word);
	}
});

test("numbers are YAML 1.1's", (t) => {
	for (const number of ["8801", "8_801", "0x2261", "021141"]) {
		const text = `galaxy: {dynamic_proxy_bind_port: ${number}}`;
		assert.equal(read(t, text).config.port, 8801, number);
	}
});

test("a sample, in which everything is commented out, gives Galaxy's defaults", (t) => {
	const text = "galaxy:\n  #dynamic_proxy_bind_port: 1\n";
	const { config } = read(t, text, "galaxy.yml.sample");
	assert.deepEqual(
		[config.ip, config.port, config.verbose, config.ownPath],
		["0.0.0.0", 8800, false, "/gie_proxy"],
	);
	assert.equal(config.reverseProxy, true);
});

test("a map that is merged into itself does not loop", (t) => {
	const text = "galaxy: &g\n  <<: *g\n  dynamic_proxy_bind_port: 4\n";
	assert.equal(read(t, text).config.port, 4);
});

test("a dot as gravity's root is the folder itself, not a number", (t) => {
	const { config } = read(
		t,
		`gravity: {galaxy_root: ., gx_it_proxy: {enable: true}}
galaxy: {interactivetools_enable: true, interactivetools_map: m.sqlite}
`,
	);
	assert.match(config.sessions ?? "", /\/m\.sqlite$/);
	assert.doesNotMatch(config.sessions ?? "", /NaN/);
});

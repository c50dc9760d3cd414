import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { PRINT } from "../../src/commands/front/front.js";
import type {
	Front,
	FrontOptions,
} from "../../src/commands/front/front-settings.js";
import type { Given, Surroundings } from "../../src/config/config.js";
import { repository, scratchFolder } from "../support/folders.js";

/** The command's output for these flags of the proxy and options of its own. */
function unit(
	kind: Front,
	flags: Given,
	options: FrontOptions = {},
	surroundings: Surroundings = { env: {}, cwd: "/usr" },
): string {
	return PRINT[kind](options, { flags, surroundings });
}

/** Beside the compiled sources, which for a test are in build/. */
const main = join(repository, "build/lib/main.js");
const odd = { sessions: `/srv/a b/%x$y ;"q"'s.sqlite` };
const galaxy = { user: "galaxy" };

test("systemd's command line has absolute paths and every flag, quoted for systemd, and checks before a reload", () => {
	const text = unit("systemd", { ...odd, port: "8800", verbose: true }, galaxy);
	const words = `--sessions "/srv/a b/%%x$$y ;\\"q\\"'s.sqlite" --ip localhost --port 8800 --verbose`;
	assert.ok(
		text.includes(`\nExecStart=${process.execPath} ${main} ${words}\n`),
	);
	assert.ok(
		text.includes(
			`\nExecReload=${process.execPath} ${main} config --check ${words}\nExecReload=/bin/kill -HUP $MAINPID\n`,
		),
	);
	assert.match(text, /\nReadWritePaths="-\/srv\/a b"\n/);
	assert.match(text, /\nUser=galaxy\n/);
	assert.match(text, /\nCapabilityBoundingSet=\n/);
});

test("supervisord's command line is quoted for supervisord", () => {
	const text = unit("supervisord", odd, { ...galaxy, galaxyRoot: "/srv/50%" });
	assert.ok(
		text.includes(
			`\ncommand         = ${process.execPath} ${main} --sessions '/srv/a b/%%x$y '';"q"'"'"'s.sqlite' --ip localhost --port 8000\n`,
		),
		text,
	);
	assert.match(text, /\ndirectory {7}= \/srv\/50%%\n/);
});

test("a privileged port needs a capability", () => {
	const text = unit("systemd", { ...odd, port: "80" }, galaxy);
	assert.match(text, /\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n/);
});

test("settings from the environment go into the unit, with absolute paths", () => {
	const surroundings = {
		env: {
			GALAXY_PROXY_SESSIONS: "map.sqlite",
			GALAXY_PROXY_LOG_FILE: "a log",
			GALAXY_PROXY_CORS: "",
		},
		cwd: "/usr",
	};
	const systemd = unit("systemd", {}, galaxy, surroundings);
	assert.match(systemd, /\nEnvironment="GALAXY_PROXY_LOG_FILE=\/usr\/a log"\n/);
	assert.match(systemd, / --sessions \/usr\/map\.sqlite --ip /);
	assert.doesNotMatch(systemd, /CORS/);
	const supervisord = unit("supervisord", {}, galaxy, surroundings);
	assert.match(
		supervisord,
		/\nenvironment {5}= GALAXY_PROXY_LOG_FILE='\/usr\/a log'\n/,
	);
});

test("with Galaxy's file the unit leaves out the settings in it; the user is the owner of the map's folder", (t) => {
	const root = scratchFolder(t);
	mkdirSync(join(root, "config/plugins"), { recursive: true });
	const file = join(root, "config/galaxy.yml");
	writeFileSync(
		file,
		`galaxy:\n  root_dir: ${root}\n  cookie_path: /galaxy\n  dynamic_proxy_bind_port: 8801\n  dynamic_proxy_external_proxy: false\n`,
	);
	const given = { config: "galaxy.yml" };
	const surroundings = { env: {}, cwd: join(root, "config") };
	const text = unit("systemd", { ...given, ip: "::1" }, {}, surroundings);
	assert.ok(text.includes(`${main} --ip ::1 --config ${file}\n`), text);
	assert.ok(text.includes(`\nUser=${userInfo().username}\n`));
	assert.ok(text.includes(`\nWorkingDirectory=${root}\n`));
	// The folder is in /tmp, which the service must then share.
	assert.doesNotMatch(text, /PrivateTmp/);

	const nginx = unit("nginx", given, {}, surroundings);
	assert.match(nginx, /\n# Galaxy's file still sends users to the daemon's/);
	assert.match(nginx, /location \^~ \/galaxy\/gie_proxy \{/);
	assert.match(nginx, /server 127\.0\.0\.1:8801;/);
	assert.ok(nginx.includes(`alias ${root}/config/plugins/$plug_type/`));
});

test("without a session map there is no unit", () => {
	assert.throws(() => unit("systemd", {}), /--sessions is missing/);
});

test("a token in the environment is refused, since everybody can read a unit", () => {
	const env = { GALAXY_PROXY_ADMIN_TOKEN: "secret" };
	assert.throws(
		() => unit("systemd", odd, galaxy, { env, cwd: "/usr" }),
		/GALAXY_PROXY_ADMIN_TOKEN .*--admin-token-file/,
	);
});

test("a unix socket of --admin is absolute, and its folder writable", () => {
	const text = unit("systemd", { ...odd, admin: "unix:run/admin.sock" });
	assert.match(text, / --admin unix:\/usr\/run\/admin\.sock\n/);
	assert.match(text, /\nReadWritePaths=.* -\/usr\/run\n/);
});

test("a supervisor waits longer than the drain takes", () => {
	const patient = { ...odd, drainTimeout: "30" };
	const endless = { ...odd, drainTimeout: "0" };
	assert.match(unit("systemd", odd, galaxy), /\nTimeoutStopSec=10\n/);
	assert.match(unit("systemd", patient, galaxy), /\nTimeoutStopSec=32\n/);
	assert.match(unit("systemd", endless, galaxy), /\nTimeoutStopSec=infinity\n/);
	assert.doesNotMatch(unit("supervisord", odd, galaxy), /stopwaitsecs/);
	assert.match(unit("supervisord", patient, galaxy), /\nstopwaitsecs {4}= 32/);
	assert.match(unit("supervisord", endless, galaxy), /stopwaitsecs {4}= 86400/);
});

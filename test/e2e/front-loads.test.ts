import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "../support/free-port.js";
import { startPrinted } from "./support/front-servers.js";
import { apacheCommand, nginxCommand, printedFront } from "./support/fronts.js";
import { PROXY_MAIN, placeFor, ROOT } from "./support/place.js";
import { isListening, linesOf, until } from "./support/until.js";

const COMMANDS = { nginx: nginxCommand, apache: apacheCommand };

for (const kind of ["nginx", "apache"] as const)
	for (const prefix of ["/gie_proxy", "/a%20b.c(d){e};'f'/gie+proxy"])
		test(`${kind} loads the configuration printed for ${prefix} without a warning, and sends requests to the proxy`, async (t) => {
			const place = placeFor(t, `front-loads-${kind}`);
			const root = place.file(`ro"ot {x}`);
			mkdirSync(`${root}/config/plugins`, { recursive: true });
			const port = await startPrinted(
				kind,
				place,
				{ proxyPort: await freePort(), galaxyPort: await freePort() },
				...["--proxy-prefix", prefix, "--galaxy-root", root],
			);
			const [command = "", ...args] = COMMANDS[kind](place.file(kind));
			const { stderr } = spawnSync(command, [...args, "-t"], {
				encoding: "utf8",
			});
			assert.match(stderr, kind === "nginx" ? NGINX_CONTENT : /^Syntax OK\n$/);
			// The proxy is not running, which only a request that is sent to it shows.
			const answer = await fetch(`http://localhost:${port}${prefix}/x`);
			assert.equal(answer.status, kind === "nginx" ? 502 : 503);
		});

const NGINX_CONTENT =
	/^nginx: the configuration file \S+ syntax is ok\nnginx: configuration file \S+ test is successful\n$/;

test("systemd-analyze finds nothing wrong with the printed units", (t) => {
	const place = placeFor(t, "front-systemd");
	const map = "/srv/galaxy/database/session_map.sqlite";
	for (const [name, words] of [
		["plain", ["--sessions", map]],
		["odd", ["--sessions", `/srv/a b/%x$y;"q"'s.sqlite`, "--port", "80"]],
		["workers", ["--sessions", map, "--workers", "auto", "--ip", "::"]],
		["path", ["--sessions", map, "--ip", "unix:/run/a 50%.sock"]],
		["name", ["--sessions", map, "--ip", "galaxy.example.org"]],
	] as const) {
		const folder = place.file(name);
		mkdirSync(folder);
		const text = printedFront("systemd", ...words, "--user", "root");
		const files = text.split(/^# \/etc\/systemd\/system\/(.*)\n/m).slice(1);
		for (let at = 0; at < files.length; at += 2)
			writeFileSync(join(folder, files[at] ?? ""), files[at + 1] ?? "");
		const units = readdirSync(folder).map((file) => join(folder, file));
		assert.equal(units.length, name === "name" ? 1 : 2);
		const { status, stdout, stderr } = spawnSync(
			"systemd-analyze",
			["verify", "--man=no", ...units],
			{ encoding: "utf8" },
		);
		assert.deepEqual([status, stdout, stderr], [0, "", ""]);
	}
});

test("systemd's own systemd-notify reports when the proxy is ready, reloads and stops", async (t) => {
	const place = placeFor(t, "front-notify");
	const socket = place.file("notify");
	const listener = place.start(
		"listener",
		["python3", `${ROOT}/test/daemon/service-manager.py`, socket],
		{ talks: true },
	);
	const messages = linesOf(listener);
	await messages();
	const args = ["--sessions", place.file("map.sqlite"), "--port", "0"];
	const proxy = spawn(process.execPath, [PROXY_MAIN, ...args], {
		env: { ...place.environment, NOTIFY_SOCKET: socket },
		stdio: "ignore",
	});
	const ended = once(proxy, "exit");
	const state = async (): Promise<string> => {
		const value = await messages();
		return value.startsWith("BARRIER") ? state() : value.trim();
	};
	assert.equal(await state(), "READY=1");
	proxy.kill("SIGHUP");
	assert.equal(await state(), "RELOADING=1");
	assert.equal(await state(), "READY=1");
	proxy.kill("SIGTERM");
	assert.deepEqual(await ended, [0, null]);
});

test("supervisord runs the printed program", async (t) => {
	const place = placeFor(t, "front-supervisord");
	const folder = place.file("a %b 'c' ;d");
	mkdirSync(folder);
	const port = await freePort();
	const block = printedFront(
		"supervisord",
		...["--port", String(port), "--sessions", `${folder}/map.sqlite`],
		...["--user", userInfo().username],
	);
	const config = place.file("supervisord.conf");
	writeFileSync(
		config,
		`[supervisord]\nlogfile = ${place.file("own.log")}\npidfile = ${place.file("pid")}\nchildlogdir = ${place.folder}\n${block}`,
	);
	const command = ["supervisord", "--nodaemon", "-c", config];
	await place.startReady("supervisord", command, () => isListening(port));
	const logs = readdirSync(place.folder).filter((name) =>
		name.startsWith("galaxy_nodejs_proxy-stdout"),
	);
	assert.equal(logs.length, 1);
	const named = `"sessions":"${folder}/map.sqlite"`;
	await until("a line that names the session map", () =>
		readFileSync(place.file(logs[0] ?? ""), "utf8").includes(named),
	);
});

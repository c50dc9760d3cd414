import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
	chmodSync,
	chownSync,
	cpSync,
	mkdirSync,
	renameSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { galaxyFolder } from "../config/galaxy-folder.js";
import {
	examine,
	expectDiagnosis,
	KEY,
	startRunning,
} from "../doctor/examined.js";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";
import { writeSessionMap } from "../support/session-map.js";
import { noNetwork, startEchoHost } from "./support/network.js";
import { placeFor, ROOT } from "./support/place.js";
import { freePort } from "./support/until.js";

test("the proxy reads the path of the map before Galaxy 20.01", async (t) => {
	const port = await freePort();
	const root = galaxyFolder(t, {
		"run.sh": "",
		"scripts/common_startup.sh": "",
		"lib/galaxy/__init__.py": "",
		"lib/galaxy/version.py": 'VERSION_MAJOR = "20.05"\n',
		"config/galaxy.yml": `galaxy:\n  dynamic_proxy_manage: false\n  dynamic_proxy_bind_port: ${port}\n  dynamic_proxy_bind_ip: 127.0.0.1\n`,
		"database/.keep": "",
	});
	const old = join(root, "session_map.sqlite");
	writeSessionMap(old, { 0: { host: "127.0.0.1", port: 9 } });
	writeSessionMap(join(root, "database/session_map.sqlite"), {
		[KEY]: { host: "127.0.0.1", port: 9 },
	});
	await startDaemon(t, { map: old, args: ["--port", String(port)] });
	const config = ["--config", "config/galaxy.yml"];
	expectDiagnosis(await examine(config, { cwd: root }), {
		name: "port",
		what: /another session map: .*\/session_map\.sqlite, where .*database\/session_map\.sqlite/,
		remedy: /compare --sessions with dynamic_proxy_session_map/,
	});
});

test("the legacy still runs, although this proxy has replaced it on disk", async (t) => {
	const proxy = join(scratchFolder(t), "lib/galaxy/web/proxy");
	const js = join(proxy, "js");
	const main = join(js, "lib/main.js");
	mkdirSync(dirname(main), { recursive: true });
	const about = JSON.stringify({ name: "galaxy-proxy", version: "0.0.1" });
	writeFileSync(join(js, "package.json"), about);
	// The legacy never answers a request without a session.
	writeFileSync(
		main,
		`const server = require("node:http").createServer(() => {});
		server.listen(0, "127.0.0.1", () => console.log(server.address().port));`,
	);
	const map = join(proxy, "session_map.sqlite");
	writeSessionMap(map, {});
	const legacy = spawn(process.execPath, [main, "--sessions", map]);
	t.after(() => legacy.kill());
	const [port] = await once(legacy.stdout, "data");
	renameSync(js, `${js}.legacy`);
	mkdirSync(js);
	for (const part of ["lib", "dist", "package.json"])
		cpSync(join(ROOT, part), join(js, part), { recursive: true });
	symlinkSync(join(ROOT, "node_modules"), join(js, "node_modules"));
	const args = ["--sessions", map, "--port", String(port).trim()];
	expectDiagnosis(await examine(args), {
		name: "proxy",
		what: /no answer within 5 s.*legacy proxy/,
		remedy: /[Rr]estart/,
	});
});

test("only Galaxy's user may read the map, and the proxy runs as another", {
	skip: noNetwork(),
}, async (t) => {
	const map = join(scratchFolder(t), "session_map.sqlite");
	writeSessionMap(map, { [KEY]: { host: "127.0.0.1", port: 9 } });
	chmodSync(dirname(map), 0o755);
	chownSync(map, 1450, 1450);
	chmodSync(map, 0o600);
	const within = "setpriv --reuid=65534 --regid=65534 --clear-groups".split(
		" ",
	);
	const { port } = await startDaemon(t, { map, within });
	const args = ["--sessions", map, "--port", String(port)];
	const examined = await examine(args);
	expectDiagnosis(examined, {
		name: "map access",
		what: /account \(uid 65534\) may not read .*session_map\.sqlite/,
		remedy: /Run the proxy as Galaxy's user/,
	});
});

test("a firewall drops packets to the containers of another host", {
	skip: noNetwork(),
}, async (t) => {
	const place = placeFor(t, "doctor-firewall");
	const { host, port } = await startEchoHost(place);
	const rule = `iptables -A INPUT -p tcp --dport ${port} -j DROP`;
	const [command = "", ...words] = [...host.within, ...rule.split(" ")];
	execFileSync(command, words);
	const { args } = await startRunning(t, {
		rows: { firewalled: { host: host.address, port } },
	});
	expectDiagnosis(await examine(args), {
		name: "target",
		what: /10\.77\.\d+\.\d+:\d+ .*cannot be connected to in time/,
		remedy: /firewall/,
	});
});

test("a dead container's port was given to another user's", async (t) => {
	const { daemon, args } = await startRunning(t);
	const [row] = JSON.parse(
		execFileSync("python3", [
			"-c",
			"import json, sqlite3, sys; print(json.dumps(sqlite3.connect(sys.argv[1]).execute('select host, port from gxproxy2').fetchall()))",
			daemon.map,
		]).toString(),
	) as [string, number][];
	const [host, port] = row ?? ["", 0];
	writeSessionMap(daemon.map, { another: { host, port } });
	expectDiagnosis(await examine(args), {
		name: "rows",
		verdict: "doubtful",
		what: /is in 2 rows/,
		remedy: /routes remove/,
	});
});

test("Galaxy died while it wrote the map", async (t) => {
	const { daemon, args } = await startRunning(t);
	const lock = `${daemon.map}.lock`;
	writeFileSync(lock, "");
	utimesSync(lock, new Date(), new Date(Date.now() - 600_000));
	expectDiagnosis(await examine(args), {
		name: "map lock",
		what: /every launch in Galaxy fails/,
		remedy: /rm .*\.lock/,
	});
});

import { cpSync, mkdirSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { galaxyFolder } from "../config/galaxy-folder.js";
import {
	examine,
	expectDiagnosis,
	KEY,
	startPackage,
	startRunning,
} from "../doctor/examined.js";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";
import { freePort } from "../support/free-port.js";
import { writeSessionMap } from "../support/session-map.js";
import { addRule, noNetwork, startEchoHost } from "./support/network.js";
import { placeFor, ROOT } from "./support/place.js";

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
	const map = join(scratchFolder(t), "session_map.sqlite");
	writeSessionMap(map, {});
	// The legacy never answers a request without a session.
	const legacy = { version: "0.0.1", map, answer: "" };
	const { js, args } = await startPackage(t, legacy);
	renameSync(js, `${js}.legacy`);
	mkdirSync(js);
	for (const part of ["lib", "dist", "package.json"])
		cpSync(join(ROOT, part), join(js, part), { recursive: true });
	symlinkSync(join(ROOT, "node_modules"), join(js, "node_modules"));
	expectDiagnosis(await examine(args), {
		name: "proxy",
		what: /no answer within 5 s.*legacy proxy/,
		remedy: /[Rr]estart/,
	});
});

test("a firewall drops packets to the containers of another host", {
	skip: noNetwork(),
}, async (t) => {
	const place = placeFor(t, "doctor-firewall");
	const { host, port } = await startEchoHost(place);
	addRule(host, `INPUT -p tcp --dport ${port} -j DROP`);
	const { args } = await startRunning(t, {
		rows: { firewalled: { host: host.address, port } },
	});
	expectDiagnosis(await examine(args), {
		name: "target",
		what: /10\.77\.\d+\.\d+:\d+ .*cannot be connected to in time/,
		remedy: /firewall/,
	});
});

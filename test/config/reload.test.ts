import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
	connect,
	type RawClient,
	request,
	SESSION,
	values,
} from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { type Daemon, startDaemon } from "../support/daemon.js";
import { writeSessionMap } from "../support/session-map.js";
import { galaxyFolder } from "./galaxy-folder.js";

const FIRST = `galaxy:
  dynamic_proxy_bind_ip: 127.0.0.1
  dynamic_proxy_bind_port: 0
  dynamic_proxy_session_map: MAP
  dynamic_proxy_external_proxy: true
  cookie_path: /a
`;

/** A container's answer: its scope passes if it is below the environments' path. */
const WITH_SCOPE =
	"HTTP/1.1 200 OK\r\nService-Worker-Allowed: /a/gie_proxy/\r\nContent-Length: 0\r\n\r\n";

interface Running {
	daemon: Daemon;
	client: RawClient;
	/** Rewrites galaxy.yml with one part of the first text replaced, and sends SIGHUP. */
	reload(from: string, to: string): void;
	/** Of a request for this path. */
	status(path: string): Promise<number>;
}

async function start(t: TestContext): Promise<Running> {
	const { host, port } = await startAnswering(t, WITH_SCOPE);
	const folder = galaxyFolder(t, {});
	const file = join(folder, "galaxy.yml");
	const map = join(folder, "map.sqlite");
	writeSessionMap(map, { [SESSION]: { host, port } });
	const first = FIRST.replace("MAP", map);
	writeFileSync(file, first);
	const daemon = await startDaemon(t, {
		bare: true,
		map,
		args: ["--config", file],
	});
	const client = await connect(t, daemon.port);
	return {
		daemon,
		client,
		reload(from, to) {
			assert.ok(first.includes(from));
			writeFileSync(file, first.replace(from, to));
			daemon.child.kill("SIGHUP");
		},
		status: async (path) =>
			(await client.send(request(`GET ${path}`)).response()).status,
	};
}

test("SIGHUP applies a new path of the environments to open connections too, and refuses none", async (t) => {
	const { daemon, client, reload } = await start(t);
	const scopes = async (path: string) => {
		const answer = await client.send(request(`GET ${path}`)).response();
		assert.equal(answer.status, 200);
		return values(answer.headers, "Service-Worker-Allowed");
	};
	assert.deepEqual(await scopes("/removed"), ["/a/gie_proxy/"]);
	reload("/a", "/b");
	const line = await daemon.logged(({ msg }) => msg === "prefix changed");
	assert.equal(line.proxyPrefix, "/b/gie_proxy");
	assert.deepEqual(await scopes("/a/gie_proxy/"), []);
	reload("/a", "/a");
	await daemon.logged(({ proxyPrefix }) => proxyPrefix === "/a/gie_proxy");
	assert.deepEqual(await scopes("/removed"), ["/a/gie_proxy/"]);
});

test("SIGHUP applies dynamic_proxy_debug", async (t) => {
	const { daemon, status, reload } = await start(t);
	await status("/a/gie_proxy/before");
	reload("cookie_path", "dynamic_proxy_debug: true\n  cookie_path");
	await daemon.logged(
		({ msg, verbose }) => /log level/.test(msg ?? "") && verbose === true,
	);
	await status("/a/gie_proxy/after");
	const line = await daemon.logged(({ msg }) => msg === "exchange");
	assert.equal(line.path, "/a/gie_proxy/after");
});

test("changes that need a restart are named in one line, and nothing else changes", async (t) => {
	const { daemon, status, reload } = await start(t);
	reload("bind_port: 0", "bind_port: 8801");
	const line = await daemon.logged(({ msg }) =>
		/need a restart/.test(msg ?? ""),
	);
	assert.deepEqual(
		[line.port, "ip" in line, "sessions" in line],
		[8801, false, false],
	);
	assert.equal(await status("/a/gie_proxy/"), 200);
});

test("a broken file changes nothing and its line is logged; once repaired it takes effect", async (t) => {
	const { daemon, status, reload } = await start(t);
	reload("cookie_path: /a", "dynamic_proxy_debug: x\n  cookie_path: /b");
	const line = await daemon.logged(({ msg }) => /stays/.test(msg ?? ""));
	assert.match(
		String(line.reason),
		/galaxy\.yml line 6: dynamic_proxy_debug: "x" is not allowed/,
	);
	assert.equal(line.level, "error");
	assert.equal(await status("/a/gie_proxy/"), 200);
	reload("/a", "/b");
	await daemon.logged(({ msg }) => msg === "prefix changed");
	assert.equal(await status("/b/gie_proxy/"), 200);
});

test("a reload of an unchanged file logs no change", async (t) => {
	const { daemon, reload } = await start(t);
	reload("/a", "/a");
	await daemon.logged(({ msg }) => msg === "reloaded");
	const said = daemon.lines.map(({ msg }) => msg ?? "");
	assert.deepEqual(
		said.filter((msg) => /changed|stays/.test(msg)),
		[],
	);
});

import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { takeDescriptors } from "../../src/listening/given-descriptors.js";
import { runCli } from "../cli/run-cli.js";
import { anonymous, ask, connect, request } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";
import { repository, scratchFolder } from "../support/folders.js";
import { startGalaxyMap } from "../support/session-map.js";

/** Words in front of node's that make it one that systemd started. */
function passing(whose: string, ...places: string[]): string[] {
	const program = join(repository, "test/support/pass-sockets.py");
	return ["python3", program, whose, ...places, "--"];
}

async function isServed(t: TestContext, port: number, path?: string) {
	const client = await connect(t, port, path === undefined ? {} : { path });
	client.send(anonymous("GET /"));
	assert.equal((await client.response()).status, 403);
}

test("it serves on the descriptors given, and on nothing else", async (t) => {
	const path = join(scratchFolder(t), "proxy.sock");
	const within = passing("own", "127.0.0.5", path);
	const daemon = await startDaemon(t, { within });
	await daemon.logged(({ address }) => address === "unix:descriptor 4");
	const listening = daemon.lines.filter(({ msg }) => msg === "listening");
	assert.equal(listening.length, 2);
	assert.equal(listening[0]?.address, "127.0.0.5");
	const client = await connect(t, daemon.port, { host: "127.0.0.5" });
	client.send(anonymous("GET /"));
	assert.equal((await client.response()).status, 403);
	await isServed(t, 0, path);
	assert.equal(await daemon.stop(), 0);
	assert.ok(existsSync(path), "the service manager's file is gone");
});

test("a row that leads to such a listener leads to the proxy itself", async (t) => {
	const within = passing("own", "127.0.0.1");
	const args = ["--verbose"];
	const daemon = await startDaemon(t, { within, args });
	const galaxy = startGalaxyMap(t, daemon.map);
	await galaxy.put("abc", "localhost", daemon.port);
	const { status } = await ask(t, daemon, request("GET /me"));
	assert.equal(status, 502);
	const { cause } = await daemon.logged(({ path }) => path === "/me");
	assert.equal(cause, "the target is this proxy itself");
});

test("descriptors for another process are not touched", async (t) => {
	const within = passing("1", "127.0.0.5");
	const daemon = await startDaemon(t, { within });
	const { address } = await daemon.logged(({ msg }) => msg === "listening");
	assert.equal(address, "127.0.0.1");
	await isServed(t, daemon.port);
});

test("a descriptor that is not a listening socket ends it, and the message says what to do", async (t) => {
	const map = join(scratchFolder(t), "map.sqlite");
	const within = passing("own", "datagram");
	const { code, stdout } = await runCli(["--sessions", map], { within });
	assert.equal(code, 1);
	assert.match(JSON.parse(stdout).msg, /LISTEN_FDS.*ListenStream=/);
});

test("no child process uses the descriptors", () => {
	for (const LISTEN_PID of ["7", "8"]) {
		const env = { LISTEN_PID, LISTEN_FDS: "2", LISTEN_FDNAMES: "a:b", A: "1" };
		assert.deepEqual(takeDescriptors(env, 7), LISTEN_PID === "7" ? [3, 4] : []);
		assert.deepEqual(env, { A: "1" });
	}
});

for (const LISTEN_FDS of ["", "two", "-1", "1e9"])
	test(`LISTEN_FDS ${JSON.stringify(LISTEN_FDS)} is not a number of descriptors`, () => {
		const env = { LISTEN_PID: "7", LISTEN_FDS };
		assert.throws(() => takeDescriptors(env, 7), /LISTEN_FDS: .*service manag/);
	});

test("4,096 connections may wait on such a socket, or as many as the kernel allows", {
	skip: spawnSync("ss").error && "ss, of iproute2, is not installed",
}, async (t) => {
	const daemon = await startDaemon(t, { within: passing("own", "127.0.0.1") });
	const { stdout } = await promisify(execFile)("ss", [
		"-Hltn",
		`sport = :${daemon.port}`,
	]);
	const somaxconn = readFileSync("/proc/sys/net/core/somaxconn", "utf8");
	const [, , backlog] = stdout.trim().split(/\s+/);
	assert.equal(Number(backlog), Math.min(4096, Number(somaxconn)));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DaemonProcess } from "../../src/commands/doctor/daemon-process.js";
import { daemonFound } from "../../src/commands/doctor/proxy-checks.js";

const HOUR_MS = 3_600_000;
const CONFIG = { cookie: "galaxysession", ownPath: "" };
const DAEMON: DaemonProcess = {
	pid: 812,
	parent: 1,
	command: ["node", "lib/main.js"],
	sessions: "/srv/session_map.sqlite",
	version: "1.0.0",
	startedAt: 2 * HOUR_MS,
	installedAt: HOUR_MS,
	cookie: undefined,
	proxyPrefix: undefined,
	proxyPathPrefix: undefined,
	allowTarget: undefined,
	secretFiles: [],
	originalVersion: undefined,
	account: undefined,
	openFiles: undefined,
};

function verdicts(daemon: Partial<DaemonProcess>): string[] {
	const found = [...daemonFound({ ...DAEMON, ...daemon }, CONFIG)];
	return found.map(({ verdict, what }) => `${verdict}: ${what}`);
}

test("a proxy of this version, started after it was installed, is good", () => {
	assert.deepEqual(verdicts({}), [
		"good: process 812 answers as galaxy-proxy 1.0.0",
	]);
	// At the same time, as far as the system's seconds tell.
	assert.match(verdicts({ installedAt: 2 * HOUR_MS + 900 })[0] ?? "", /^good/);
});

test("files that were installed after the start require a restart", () => {
	const [only, ...more] = verdicts({ installedAt: 3 * HOUR_MS });
	assert.match(only ?? "", /^doubtful: its files were installed after/);
	assert.deepEqual(more, []);
});

test("files that were installed after the workers' start require SIGUSR2 to the supervisor", () => {
	const times = { startedAt: HOUR_MS, installedAt: 3 * HOUR_MS };
	const old = verdicts({ ...times, workersStartedAt: 2 * HOUR_MS });
	assert.match(old.join(), /^doubtful: its files .* after its workers were/);
	const young = verdicts({ ...times, workersStartedAt: 4 * HOUR_MS });
	assert.match(young.join(), /^good: process 812 /);
});

test("a prefix that doctor does not know is named", () => {
	const [only] = verdicts({ proxyPrefix: "/galaxy/gie_proxy" });
	assert.match(only ?? "", /^doubtful: it serves only \/galaxy\/gie_proxy/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { PRINT } from "../../src/commands/front/front.js";
import type { Front } from "../../src/commands/front/front-settings.js";
import type { Given } from "../../src/config/config.js";

const map = { sessions: "/srv/map.sqlite" };

function unit(kind: Front, flags: Given): string {
	const line = { flags: { ...map, ...flags }, surroundings };
	return PRINT[kind]({ user: "galaxy" }, line);
}
const surroundings = { env: {}, cwd: "/usr" };

/** Flags, and the addresses on which systemd listens. */
const ADDRESSES: [Given, string[]][] = [
	[{ port: "8800" }, ["127.0.0.1:8800", "[::1]:8800"]],
	[{ ip: "0.0.0.0", port: "80" }, ["0.0.0.0:80"]],
	[{ ip: "::", port: "8800" }, ["[::]:8800"]],
	[{ ip: "fe80::1%eth0", port: "8800" }, ["[fe80::1%%eth0]:8800"]],
	[{ ip: "unix:/run/a 50%.sock" }, ["/run/a 50%%.sock"]],
	[{ ip: "galaxy.example.org", port: "8800" }, []],
	[{ ip: "localhost", port: "0" }, []],
];

for (const [flags, streams] of ADDRESSES)
	test(`for ${JSON.stringify(flags)} systemd listens on ${streams.join(" and ") || "nothing"}`, () => {
		const text = unit("systemd", flags);
		const [, socket = ""] = text.split(
			"\n# /etc/systemd/system/galaxy-proxy.socket\n",
		);
		const found = [...socket.matchAll(/^ListenStream=(.*)$/gm)];
		assert.deepEqual(
			found.map(([, stream]) => stream),
			streams,
		);
		assert.equal(
			/^Requires=galaxy-proxy\.socket$/m.test(text),
			streams.length > 0,
		);
		if (streams.length > 0) assert.match(socket, /^Backlog=4096$/m);
		else assert.match(text, /^# Without a socket unit, because/m);
	});

test("systemd does not listen for a standby, which waits for the daemon that has the address", () => {
	const text = unit("systemd", { port: "8800", standby: true });
	assert.doesNotMatch(text, /\.socket/);
	assert.match(text, /^# Without a socket unit, because the standby waits/m);
});

test("a reload replaces the workers, and without workers rereads the configuration", () => {
	const signal = (flags: Given) =>
		/^ExecReload=\/bin\/kill -(\w+) \$MAINPID$/m.exec(unit("systemd", flags));
	assert.equal(signal({})?.[1], "HUP");
	assert.equal(signal({ workers: "2" })?.[1], "USR2");
	assert.match(unit("systemd", { workers: "auto" }), /^KillMode=mixed$/m);
	const command = /^; Reload.*: supervisorctl signal (\w+) galaxy_/m;
	assert.equal(command.exec(unit("supervisord", {}))?.[1], "HUP");
	assert.equal(
		command.exec(unit("supervisord", { workers: "2" }))?.[1],
		"USR2",
	);
});

test("supervisord's unit says that a restart refuses clients, and sends no signal to the workers", () => {
	const without = unit("supervisord", {});
	assert.match(without, /^; supervisorctl restart refuses .*: see --workers/m);
	assert.doesNotMatch(without, /asgroup/);
	const workers = unit("supervisord", { workers: "2" });
	assert.match(workers, /^; supervisorctl restart refuses clients/m);
	assert.match(workers, /^stopasgroup {5}= false\nkillasgroup {5}= false$/m);
});

test("a service manager waits for each part of the end", () => {
	const flags = { drainDelay: "5", drainTimeout: "30", tunnelDrain: "600.5" };
	assert.match(unit("systemd", flags), /^TimeoutStopSec=638$/m);
	assert.match(unit("supervisord", flags), /^stopwaitsecs {4}= 638$/m);
});

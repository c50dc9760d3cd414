import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { STOPPED, startBackend } from "../support/container.js";
import {
	type GalaxyMap,
	startGalaxyMap,
	writeSessionMap,
} from "../support/session-map.js";
import {
	type Examined,
	examine,
	expectDiagnosis,
	startRunning,
} from "./examined.js";

test("problems of rows and of their targets", async (t) => {
	const { daemon, args } = await startRunning(t);
	const ssh = await startBackend(t, (connection) =>
		connection.send("SSH-2.0-OpenSSH_9.2\r\n"),
	);
	const mute = await startBackend(t);
	const host = "127.0.0.1";
	writeSessionMap(daemon.map, {
		waiting: { host: null, port: -8888 },
		odd: { host, port: "18700x" },
		dead: STOPPED,
		older: { host, port: ssh.port },
		nameless: { host: "container.invalid", port: 8888 },
		circle: { host, port: daemon.port },
		ssh: { host, port: ssh.port },
		mute: { host, port: mute.port },
	});
	const examined = await examine([...args, "--response-timeout", "1"]);
	expectDiagnosis(examined, {
		name: "rows",
		verdict: "doubtful",
		what: /2 of 9 rows are not ready/,
		remedy: /Galaxy's log for this launch/,
	});
	expectDiagnosis(examined, {
		name: "rows",
		verdict: "doubtful",
		what: new RegExp(`:${ssh.port} is in 2 rows`),
		remedy: /routes remove/,
	});
	expectDiagnosis(examined, {
		name: "target",
		verdict: "doubtful",
		what: /^127\.0\.0\.1:1025 .*refuses connections/,
		remedy: /docker ps/,
	});
	expectDiagnosis(examined, {
		name: "target",
		what: /container\.invalid.*(does not resolve|look-up)/,
		remedy: /resolves|name server/,
	});
	expectDiagnosis(examined, {
		name: "target",
		what: /is the proxy's own address/,
		remedy: /docker_hostname/,
	});
	expectDiagnosis(examined, {
		name: "target",
		verdict: "doubtful",
		what: new RegExp(`^127\\.0\\.0\\.1:${ssh.port} .*not answer in HTTP/1`),
		remedy: /docker_connect_port/,
	});
	expectDiagnosis(examined, {
		name: "target",
		verdict: "doubtful",
		what: new RegExp(`^127\\.0\\.0\\.1:${mute.port} .*answers nothing in time`),
		remedy: /docker logs/,
	});
});

test("a row leads outside --allow-target", async (t) => {
	const { args } = await startRunning(t);
	expectDiagnosis(await examine([...args, "--allow-target", "10.0.0.0/8"]), {
		name: "target",
		what: /outside --allow-target/,
		remedy: /Add it to --allow-target/,
	});
});

test("rows lead to places that containers may not have", async (t) => {
	const { daemon, args } = await startRunning(t);
	writeSessionMap(daemon.map, {
		metadata: { host: "169.254.169.254", port: 80 },
		service: { host: "127.0.0.1", port: 22 },
	});
	const examined = await examine(args);
	for (const what of [/169\.254\.169\.254:80/, /127\.0\.0\.1:22/])
		expectDiagnosis(examined, {
			name: "target",
			what: new RegExp(`${what.source}.*no container may be there`),
			remedy: /who wrote the row/,
		});
});

const HOST = "127.0.0.1";

/** Doctor's output for a map that no proxy serves. */
function examineMap({ path }: GalaxyMap): Promise<Examined> {
	return examine(["--sessions", path, "--port", "1"]);
}

test("rows that have ended are explained, by label", async (t) => {
	const galaxy = startGalaxyMap(t);
	await galaxy.put("secret-old", HOST, 1, ["a"]);
	await galaxy.put("secret-new", HOST, 1, ["b"]);
	const { findings, stdout } = await examineMap(galaxy);
	const rows = findings.filter(({ name }) => name === "rows");
	const ended = rows.find(({ what }) => what.includes("later row"));
	assert.equal(ended?.verdict, "good");
	assert.match(ended.what, new RegExp(sessionLabel("secret-old")));
	assert.doesNotMatch(ended.what, new RegExp(sessionLabel("secret-new")));
	assert.match(ended.what, /routes prune --ended.*--same-address any/);
	assert.ok(!rows.some(({ what }) => /is in 2 rows/.test(what)));
	assert.doesNotMatch(stdout, /secret-/);
});

test("contested rows are doubtful", async (t) => {
	const galaxy = startGalaxyMap(t, "map.json");
	await galaxy.put("secret-a", HOST, 1, ["a"]);
	await galaxy.put("secret-b", HOST, 1, ["b"]);
	const examined = await examineMap(galaxy);
	const [a, b] = ["secret-b", "secret-a"].map(sessionLabel);
	expectDiagnosis(examined, {
		name: "rows",
		verdict: "doubtful",
		what: new RegExp(`^2 rows lead to .*: sessions ${a}, ${b}`),
		remedy: /routes remove -/,
	});
	assert.doesNotMatch(examined.stdout, /secret-/);
});

test("rows without different container ids are doubtful if they share an address", async (t) => {
	const galaxy = startGalaxyMap(t);
	await galaxy.put("a", HOST, 1, []);
	await galaxy.put("b", HOST, 1, []);
	expectDiagnosis(await examineMap(galaxy), {
		name: "rows",
		verdict: "doubtful",
		what: /127\.0\.0\.1:1 is in 2 rows/,
		remedy: /routes remove -/,
	});
});

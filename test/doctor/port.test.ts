import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { startHttpBackend } from "../support/container.js";
import { scratchFolder } from "../support/folders.js";
import { writeSessionMap } from "../support/session-map.js";
import {
	type Diagnosis,
	examine,
	expectDiagnosis,
	startPackage,
	startRunning,
} from "./examined.js";

const skip =
	process.platform !== "linux" && "the holder of a port is found in /proc";

/** A map alone; no proxy serves it. */
function mapIn(t: TestContext): string {
	const map = join(scratchFolder(t), "session_map.sqlite");
	writeSessionMap(map, {});
	return map;
}

test("nobody listens", async (t) => {
	expectDiagnosis(await examine(["--sessions", mapIn(t), "--port", "1"]), {
		name: "port",
		what: /nobody listens on 127\.0\.0\.1:1/,
		remedy: /Start the proxy/,
	});
});

test("another program holds the port", { skip }, async (t) => {
	const { port } = await startHttpBackend(t, (_request, response) => {
		response.end();
	});
	const args = ["--sessions", mapIn(t), "--port", String(port)];
	expectDiagnosis(await examine(args), {
		name: "port",
		what: new RegExp(`held by process ${process.pid} .*not a galaxy-proxy`),
		remedy: /another port/,
	});
});

test("a galaxy-proxy on another map holds the port", { skip }, async (t) => {
	const { daemon } = await startRunning(t);
	const args = ["--sessions", mapIn(t), "--port", String(daemon.port)];
	expectDiagnosis(await examine(args), {
		name: "port",
		what: /a galaxy-proxy on another session map/,
		remedy: /dynamic_proxy_session_map/,
	});
});

test("the proxy looks for another cookie, or serves another prefix", async (t) => {
	const { args } = await startRunning(t, { args: ["--cookie", "other"] });
	const examined = await examine(args);
	expectDiagnosis(examined, {
		name: "proxy map",
		what: /does not know the newest session/,
		remedy: /--cookie/,
	});
	if (skip === false)
		expectDiagnosis(examined, {
			name: "proxy",
			what: /looks for the cookie other, not galaxysession/,
			remedy: /galaxysession/,
		});
	const prefix = ["--proxy-prefix", "/elsewhere"];
	const second = await startRunning(t, { args: prefix });
	expectDiagnosis(await examine([...second.args, "--proxy-prefix", "/gie"]), {
		name: "proxy",
		what: /serves another --proxy-prefix/,
		remedy: /dynamic_proxy_prefix/,
	});
});

test("a proxy on a unix socket is found there", { skip }, async (t) => {
	const ip = ["--ip", `unix:${join(scratchFolder(t), "proxy.sock")}`];
	const { daemon } = await startRunning(t, { args: ip });
	const args = ["--sessions", daemon.map, ...ip, "--probe"];
	const { code, findings } = await examine(args);
	assert.equal(code, 0);
	for (const name of ["port", "proxy", "proxy map", "probe"]) {
		const found = findings.filter((finding) => finding.name === name);
		assert.deepEqual(
			found.map(({ verdict }) => verdict),
			["good"],
			JSON.stringify(found),
		);
	}
});

test("the open file limit is low", { skip }, async (t) => {
	const within = ["sh", "-c", 'ulimit -n 200; exec "$@"', "sh"];
	const { args } = await startRunning(t, { within });
	expectDiagnosis(await examine(args), {
		name: "file limit",
		verdict: "doubtful",
		what: /open file limit of the proxy: 200, .* carries 68 clients/,
		remedy: /LimitNOFILE/,
	});
});

const NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups".split(" ");

for (const [what, deny, says] of [
	["enter", (map) => chmodSync(dirname(map), 0o700), /may not enter/],
	[
		"read",
		(map) => chmodSync(map, 0o600),
		/may not read .*session_map\.sqlite/,
	],
] as [string, (map: string) => void, RegExp][])
	test(`the proxy's account may not ${what} the map's place, which root may`, {
		skip:
			process.getuid?.() !== 0 && "only root can start it as another account",
	}, async (t) => {
		const { daemon, args } = await startRunning(t, { within: NOBODY });
		chmodSync(dirname(daemon.map), 0o755);
		deny(daemon.map);
		expectDiagnosis(await examine(args), {
			name: "map access",
			what: new RegExp(`account \\(uid 65534\\) ${says.source}`),
			remedy: /Run the proxy as Galaxy's user/,
		});
		const denied = await examine([...args, "--probe"]);
		assert.ok(denied.findings.every(({ name }) => name !== "front path"));
	});

const OURS = `response.writeHead(403, { "Proxy-Status": 'galaxy-proxy; details="HTTP/1.1"' }).end()`;

const PACKAGES: [
	what: string,
	version: string,
	answer: string,
	diagnosis: Diagnosis,
][] = [
	[
		"Galaxy's own proxy still runs",
		"0.0.1",
		"response.end()",
		{
			name: "port",
			what: /Galaxy's own legacy proxy/,
			remedy: /lib\/galaxy\/web\/proxy\/js/,
		},
	],
	[
		"another version runs",
		"0.9.0",
		OURS,
		{
			name: "proxy",
			verdict: "doubtful",
			what: /runs version 0\.9\.0/,
			remedy: /restart the proxy/,
		},
	],
	[
		"the proxy hangs",
		"1.0.0",
		"",
		{
			name: "proxy",
			what: /does not answer in HTTP: no answer within/,
			remedy: /restart it/,
		},
	],
];

for (const [what, version, answer, diagnosis] of PACKAGES)
	test(what, { skip }, async (t) => {
		const map = mapIn(t);
		const { args } = await startPackage(t, { version, map, answer });
		expectDiagnosis(await examine(args), diagnosis);
	});

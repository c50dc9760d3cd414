import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { startHttpBackend } from "../support/container.js";
import { scratchFolder } from "../support/folders.js";
import { writeSessionMap } from "../support/session-map.js";
import { examine, expectDiagnosis, startRunning } from "./examined.js";

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

test("the proxy's account may not read the map, which root may", {
	skip: process.getuid?.() !== 0 && "only root can start it as another account",
}, async (t) => {
	const within = "setpriv --reuid=65534 --regid=65534 --clear-groups".split(
		" ",
	);
	const { daemon, args } = await startRunning(t, { within });
	chmodSync(dirname(daemon.map), 0o700);
	expectDiagnosis(await examine(args), {
		name: "map access",
		what: /uid 65534\) may not enter/,
		remedy: /Galaxy's user/,
	});
	const denied = await examine([...args, "--probe"]);
	assert.ok(denied.findings.every(({ name }) => name !== "front path"));
});

/** Runs a script as version `version` of a package galaxy-proxy, on a free port. */
async function startPackage(
	t: TestContext,
	{ version, map, answer }: { version: string; map: string; answer: string },
): Promise<string[]> {
	const script = join(scratchFolder(t), "js", "lib", "main.js");
	mkdirSync(dirname(script), { recursive: true });
	const about = JSON.stringify({ name: "galaxy-proxy", version });
	writeFileSync(join(dirname(dirname(script)), "package.json"), about);
	writeFileSync(
		script,
		`const server = require("node:http").createServer((_, response) => { ${answer} });
		server.listen(0, "127.0.0.1", () => console.log(server.address().port));`,
	);
	const child = spawn(process.execPath, [script, "--sessions", map]);
	t.after(() => child.kill());
	const [port] = await once(child.stdout, "data");
	return ["--sessions", map, "--port", String(port).trim()];
}

test("Galaxy's own proxy still runs", { skip }, async (t) => {
	const answer = "response.end()";
	const map = mapIn(t);
	const args = await startPackage(t, { version: "0.0.1", map, answer });
	expectDiagnosis(await examine(args), {
		name: "port",
		what: /Galaxy's own legacy proxy/,
		remedy: /lib\/galaxy\/web\/proxy\/js/,
	});
});

test("another version runs", { skip }, async (t) => {
	const answer =
		'response.writeHead(403, { "Proxy-Status": "galaxy-proxy; details=\\"HTTP/1.1\\"" }).end()';
	const map = mapIn(t);
	const args = await startPackage(t, { version: "0.9.0", map, answer });
	expectDiagnosis(await examine(args), {
		name: "proxy",
		verdict: "doubtful",
		what: /runs version 0\.9\.0/,
		remedy: /restart the proxy/,
	});
});

test("the proxy hangs", { skip }, async (t) => {
	const map = mapIn(t);
	const args = await startPackage(t, { version: "1.0.0", map, answer: "" });
	expectDiagnosis(await examine(args), {
		name: "proxy",
		what: /does not answer in HTTP: no answer within/,
		remedy: /restart it/,
	});
});

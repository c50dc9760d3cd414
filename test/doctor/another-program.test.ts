import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { scratchFolder } from "../support/folders.js";
import { writeSessionMap } from "../support/session-map.js";
import { examine, expectDiagnosis } from "./examined.js";

const skip =
	process.platform !== "linux" && "who holds a port is told by /proc";

function mapIn(t: TestContext): string {
	const map = join(scratchFolder(t), "session_map.sqlite");
	writeSessionMap(map, {});
	return map;
}

/** Runs a script as version `version` of a package galaxy-proxy, on a port of its own. */
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

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { scratchFolder } from "../support/folders.js";
import { examine, expectDiagnosis } from "./examined.js";

test("the original gx-it-proxy has the port", {
	skip: process.platform !== "linux" && "processes are found in /proc",
}, async (t) => {
	const folder = join(scratchFolder(t), "@galaxyproject/gx-it-proxy");
	mkdirSync(join(folder, "lib"), { recursive: true });
	const about = { name: "@galaxyproject/gx-it-proxy", version: "0.2.3" };
	writeFileSync(join(folder, "package.json"), JSON.stringify(about));
	const script = join(folder, "lib/main.js");
	writeFileSync(
		script,
		`const server = require("node:http").createServer((_, response) => response.writeHead(502).end("Proxy target missing"));
		server.listen(0, "127.0.0.1", () => console.log(server.address().port));`,
	);
	const map = join(folder, "interactivetools_map.sqlite");
	const child = spawn(process.execPath, [script, "--sessions", map]);
	t.after(() => child.kill());
	const [port] = await once(child.stdout, "data");
	const args = [
		"--sessions",
		map,
		"--mode",
		"gxit",
		"--port",
		`${port}`.trim(),
	];
	const examined = await examine(args);
	expectDiagnosis(examined, {
		name: "port",
		verdict: "doubtful",
		what: /process \d+, which is the original gx-it-proxy 0\.2\.3/,
		remedy: /from-gx-it-proxy/,
	});
	assert.ok(examined.findings.every(({ name }) => name !== "proxy"));
});

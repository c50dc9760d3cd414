import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { scratchFolder } from "../support/folders.js";
import { examine, expectDiagnosis } from "./examined.js";
import { galaxyFolder } from "./galaxy-file.js";

const skip = process.platform !== "linux" && "processes are found in /proc";

/** A process that looks like gx-it-proxy to /proc. Resolves with its pid and port. */
async function startOriginal(t: TestContext, env: NodeJS.ProcessEnv) {
	const folder = join(scratchFolder(t), "@galaxyproject/gx-it-proxy");
	mkdirSync(join(folder, "bin"), { recursive: true });
	const about = { name: "@galaxyproject/gx-it-proxy", version: "0.2.3" };
	writeFileSync(join(folder, "package.json"), JSON.stringify(about));
	const script = join(folder, "bin/gx-it-proxy.js");
	writeFileSync(
		script,
		`const server = require("node:http").createServer((_, response) => response.writeHead(502).end("Proxy target missing"));
		server.listen(0, "127.0.0.1", () => console.log(server.address().port));`,
	);
	const child = spawn(process.execPath, [script, "--port", "4002"], { env });
	t.after(() => child.kill());
	const [port] = await once(child.stdout, "data");
	return { pid: child.pid, port: Number(port) };
}

function configFor(t: TestContext, port: number): string {
	const about = { name: "@galaxyproject/gx-it-proxy", version: "1.0.0" };
	const modules = "node_modules/@galaxyproject/gx-it-proxy";
	const root = galaxyFolder(t, {
		"galaxy.yml": `gravity: {process_manager: supervisor, galaxy_root: "@", gx_it_proxy: {enable: true, ip: 127.0.0.1, port: ${port}}}
galaxy: {interactivetools_enable: true, data_dir: "@/data"}`,
		[`${modules}/package.json`]: JSON.stringify(about),
		[`${modules}/dist/main.js`]: "",
		"node_modules/.bin/gx-it-proxy": "",
	});
	return join(root, "galaxy.yml");
}

test("the original has the port that gravity's galaxy-proxy needs", {
	skip,
}, async (t) => {
	const { pid, port } = await startOriginal(t, {});
	expectDiagnosis(await examine(["--config", configFor(t, port)]), {
		name: "other proxies",
		what: new RegExp(
			`process ${pid}, the original gx-it-proxy 0\\.2\\.3, still has the port ${port}`,
		),
		remedy: new RegExp(`galaxyctl restart gx-it-proxy.*kill ${pid}`),
	});
});

test("a proxy that npx started and left", { skip }, async (t) => {
	const { pid } = await startOriginal(t, { npm_command: "exec" });
	expectDiagnosis(await examine(["--config", configFor(t, 1)]), {
		name: "other proxies",
		what: new RegExp(`process ${pid} .*--port 4002.* is left over`),
		remedy: new RegExp(`kill ${pid}`),
	});
});

test("a proxy on another port than the one that is configured", {
	skip,
}, async (t) => {
	const { pid } = await startOriginal(t, {});
	expectDiagnosis(await examine(["--config", configFor(t, 1)]), {
		name: "other proxies",
		verdict: "doubtful",
		what: new RegExp(
			`process ${pid} .* is a proxy on --port 4002, and none listens on 1`,
		),
		remedy: /--port 4002/,
	});
});

test("a command that only names the service is no proxy", {
	skip,
}, async (t) => {
	const file = join(scratchFolder(t), "galaxyctl");
	writeFileSync(file, "console.log(1); setInterval(() => {}, 1e6);");
	const child = spawn(process.execPath, [file, "follow", "gx-it-proxy"]);
	t.after(() => child.kill());
	await once(child.stdout, "data");
	const { findings } = await examine(["--config", configFor(t, 1)]);
	const named = findings.filter(({ what }) =>
		what.includes(`process ${child.pid} `),
	);
	assert.deepEqual(named, []);
});

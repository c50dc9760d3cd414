// Starts the built daemon on a map of its own and runs freshness.py against it; arguments go to freshness.py:
//   node test/e2e/freshness.mjs --commits 3000 --era gxproxy2
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Milliseconds in which the daemon must listen. */
const START_MS = 10_000;

const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
const era = args[args.indexOf("--era") + 1];
const isJson = args.includes("--era") && era === "v2";

async function freePort() {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address();
	server.close();
	return port;
}

async function isListening(port) {
	const socket = connect(port, "127.0.0.1");
	try {
		await once(socket, "connect");
		return true;
	} catch (error) {
		if (error.code === "ECONNREFUSED") return false;
		throw error;
	} finally {
		socket.destroy();
	}
}

const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-freshness-"));
const map = join(folder, isJson ? "map.json" : "map.sqlite");
const port = await freePort();
const main = join(here, "..", "..", "dist", "main.js");
const daemon = spawn(
	process.execPath,
	[main, "--ip", "127.0.0.1", "--port", String(port), "--sessions", map],
	{ stdio: ["ignore", 2, 2] },
);
const died = once(daemon, "exit");
let code = 1;
try {
	const until = Date.now() + START_MS;
	while (!(await isListening(port)))
		if (daemon.exitCode !== null || Date.now() > until)
			throw new Error("the daemon does not listen: build it first");
	const program = [join(here, "freshness.py"), "--proxy", `127.0.0.1:${port}`];
	const judge = spawn("python3", [...program, "--map", map, ...args], {
		stdio: "inherit",
	});
	[code] = await once(judge, "exit");
} finally {
	daemon.kill("SIGTERM");
	await died;
	rmSync(folder, { recursive: true, force: true });
}
process.exitCode = code ?? 1;

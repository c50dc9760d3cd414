// npm run demo: a page that stands in for Galaxy, an environment, and the real proxy between them.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startEnvironment } from "./environment.mjs";
import { startGalaxy } from "./galaxy.mjs";
import { startProxy } from "./proxy.mjs";
import { openSessionMap } from "./session-map.mjs";

const { values: flags } = parseArgs({
	options: {
		ip: { type: "string", default: "127.0.0.1" },
		"galaxy-port": { type: "string", default: "8080" },
		"proxy-port": { type: "string", default: "8800" },
	},
});

const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-demo-"));
const running = [];
let ending;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
	process.on(signal, () => end(0));
}
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const started = start().catch((error) => fail(error.message));

async function start() {
	const path = join(folder, "session_map.sqlite");
	const map = openSessionMap(path);

	const environment = await startEnvironment();
	running.push(environment);
	// As in Galaxy, the proxy starts before the session map exists.
	const proxy = await startProxy({
		sessions: path,
		ip: flags.ip,
		port: Number(flags["proxy-port"]),
		ended: (code) =>
			code === 0 ? end(0) : fail(`the proxy ended with ${code}`),
	});
	running.push(proxy);
	const session = randomBytes(24).toString("hex");
	map.write(session, environment);
	const galaxy = await startGalaxy({
		ip: flags.ip,
		port: Number(flags["galaxy-port"]),
		map,
		environment,
		proxy,
	});
	running.push(galaxy);

	const address = `http://${flags.ip}:${proxy.port}${environment.path}`;
	console.log(`
  Galaxy's page    http://${flags.ip}:${galaxy.port}/    <- open this
  galaxy-proxy     http://${flags.ip}:${proxy.port}/
  its status       http://127.0.0.1:${proxy.adminPort}/    <- and this next to it
  environment      http://127.0.0.1:${environment.port}/

  From a terminal:
  curl --cookie galaxysession=${session} ${address}hello

  Ctrl-C ends all of it.
`);
}

/** Ends everything once; the exit code is that of the first call. */
function end(code) {
	ending ??= stop().finally(() => process.exit(code));
}

/** Waits for parts that are still starting, because they cannot be stopped yet. */
async function stop() {
	await started;
	await Promise.allSettled(running.map((part) => part.stop()));
}

function fail(message) {
	if (!ending) console.error(`demo: ${message}`);
	end(1);
}

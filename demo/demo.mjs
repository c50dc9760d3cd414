// npm run demo: a page that stands in for Galaxy, tools and an environment, and the real proxies between them.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startContainer } from "./container.mjs";
import { startGalaxy } from "./galaxy.mjs";
import { startProxy } from "./proxy.mjs";
import { environmentsMap, toolsMap } from "./session-maps.mjs";
import { toolLauncher } from "./tools.mjs";

/** As with Galaxy's plugins, the environment is given its public path, and serves that path. */
const ENVIRONMENT_PATH = "/gie_proxy/demo/";

const { values: flags } = parseArgs({
	options: {
		ip: { type: "string", default: "127.0.0.1" },
		"galaxy-port": { type: "string", default: "8080" },
		"tools-port": { type: "string", default: "4002" },
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
	const services = {};
	const galaxyPort = Number(flags["galaxy-port"]);
	const galaxy = await startGalaxy({
		ip: flags.ip,
		port: galaxyPort,
		services,
	});
	running.push(galaxy);
	const [tools, environments] = await Promise.all([
		startTools(`http://${flags.ip}:${galaxy.port}`),
		startEnvironments(),
	]);
	Object.assign(services, { tools, environments });

	const { proxy, container, session } = environments;
	const address = `http://${flags.ip}:${proxy.port}${container.path}`;
	console.log(`
  Galaxy's page    http://${flags.ip}:${galaxy.port}/    <- open this

  Interactive Tools, as in today's Galaxy:
  gx-it-proxy      http://${flags.ip}:${tools.proxy.port}/
  its status       http://127.0.0.1:${tools.proxy.adminPort}/    <- and this next to it

  Interactive Environments, as in Galaxy up to 21.09:
  galaxy-proxy     http://${flags.ip}:${proxy.port}/
  its status       http://127.0.0.1:${proxy.adminPort}/
  environment      http://127.0.0.1:${container.port}/

  From a terminal:
  curl --cookie galaxysession=${session} ${address}hello

  Ctrl-C ends all of it.
`);
}

async function startTools(galaxyUrl) {
	const sessions = join(folder, "interactivetools_map.sqlite");
	const proxy = await proxyFor(sessions, flags["tools-port"], galaxyUrl);
	const launcher = toolLauncher(toolsMap(sessions), proxy.port);
	running.push({ stop: launcher.stopAll });
	return { proxy, launcher };
}

async function startEnvironments() {
	const sessions = join(folder, "session_map.sqlite");
	const proxy = await proxyFor(sessions, flags["proxy-port"]);
	const container = await startContainer(ENVIRONMENT_PATH, {
		what: "environment",
		found: "It was found by your session’s cookie alone.",
	});
	running.push(container);
	const map = environmentsMap(sessions);
	const session = randomBytes(24).toString("hex");
	map.write(session, container);
	return { proxy, map, container, session };
}

/** As in Galaxy, the proxy starts before its session map exists. */
async function proxyFor(sessions, port, galaxyUrl) {
	const proxy = await startProxy({
		galaxyUrl,
		sessions,
		ip: flags.ip,
		port: Number(port),
		ended: (code) =>
			code === 0 ? end(0) : fail(`the proxy ended with ${code}`),
	});
	running.push(proxy);
	return proxy;
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

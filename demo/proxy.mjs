import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { PREFIX } from "./tools.mjs";

/** A file of this package. */
const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Milliseconds within which the proxy has to end; open downloads are cut off. */
const END_MS = 1000;

/** The program and the flags with which Galaxy, or gravity for tools, starts the proxy. */
const ENVIRONMENTS = [path("lib/main.js"), "--reverseProxy"];
const TOOLS = [path("bin/gx-it-proxy.js"), "--proxyPathPrefix", PREFIX];

/**
 * Starts the real proxy with its admin listener, on another port if its own is taken.
 * @param options.galaxyUrl for Interactive Tools; without it the proxy is for environments
 */
export async function startProxy(options) {
	return await launch(options).catch((error) => {
		if (options.port === 0) throw error;
		return launch({ ...options, port: 0 });
	});
}

async function launch({ galaxyUrl, sessions, ip, port, ended }) {
	const command = ["--sessions", sessions, "--ip", ip, "--port", String(port)];
	const more = ["--admin", "127.0.0.1:0"];
	const program = galaxyUrl
		? [...TOOLS, "--galaxy-url", galaxyUrl]
		: ENVIRONMENTS;
	const child = spawn(process.execPath, [...program, ...command, ...more], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	const exit = new Promise((resolve) => child.once("close", resolve));
	const ports = await listeningPorts(child, exit);
	let stopping = false;
	exit.then((code) => {
		if (!stopping) ended(code);
	});

	async function stop() {
		stopping = true;
		child.kill("SIGTERM");
		const last = setTimeout(() => child.kill("SIGKILL"), END_MS);
		await exit;
		clearTimeout(last);
	}
	return { ...ports, stop };
}

/** Resolves with the address in the proxy's log; later lines are shown if they are warnings. */
async function listeningPorts(child, exit) {
	const said = [];
	const ports = {};
	const listening = new Promise((resolve) => {
		createInterface(child.stdout).on("line", (text) => {
			const line = JSON.parse(text);
			said.push(line.msg);
			if (line.msg === "listening") ports.port = line.port;
			else if (line.msg === "admin listening") {
				ports.adminPort = line.port;
				resolve(ports);
			} else if (line.level !== "info" && ports.adminPort) console.error(text);
		});
	});
	const early = exit.then(() => {
		throw new Error(`the proxy does not start: ${said.join("; ")}`);
	});
	return await Promise.race([listening, early]);
}

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../lib/main.js", import.meta.url));

/** Milliseconds within which the proxy has to end; open downloads are cut off. */
const END_MS = 1000;

/** Starts the real proxy with Galaxy's command line and its admin listener, on another port if its own is taken. */
export async function startProxy(options) {
	return await launch(options).catch((error) => {
		if (options.port === 0) throw error;
		return launch({ ...options, port: 0 });
	});
}

async function launch({ sessions, ip, port, ended }) {
	const command = ["--sessions", sessions, "--ip", ip, "--port", String(port)];
	const more = ["--reverseProxy", "--admin", "127.0.0.1:0"];
	const child = spawn(process.execPath, [program, ...command, ...more], {
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

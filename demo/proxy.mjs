import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../lib/main.js", import.meta.url));

/** Milliseconds that the proxy has to end in; open downloads are not waited for. */
const END_MS = 1000;

/** Starts the real proxy with Galaxy's command line, on another port if its own is taken. */
export async function startProxy(options) {
	return await launch(options).catch((error) => {
		if (options.port === 0) throw error;
		return launch({ ...options, port: 0 });
	});
}

async function launch({ sessions, ip, port, ended }) {
	const command = ["--sessions", sessions, "--ip", ip, "--port", String(port)];
	const child = spawn(
		process.execPath,
		[program, ...command, "--reverseProxy"],
		{
			stdio: ["ignore", "pipe", "inherit"],
		},
	);
	const exit = new Promise((resolve) => child.once("close", resolve));
	const listening = await listeningLine(child, exit);
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
	return { port: listening.port, stop };
}

/** The proxy's line that says where it listens; later lines are shown where they are warnings. */
async function listeningLine(child, exit) {
	const said = [];
	const listening = new Promise((resolve) => {
		createInterface(child.stdout).on("line", (text) => {
			const line = JSON.parse(text);
			said.push(line.msg);
			if (line.msg === "listening") resolve(line);
			else if (line.level !== "info" && said.includes("listening"))
				console.error(text);
		});
	});
	const early = exit.then(() => {
		throw new Error(`the proxy does not start: ${said.join("; ")}`);
	});
	return await Promise.race([listening, early]);
}

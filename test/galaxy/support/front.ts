import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { isListening, until } from "../../e2e/support/until.js";
import { repository } from "../../support/folders.js";
import { signalIfRunning } from "../../support/signal.js";
import type { Lab } from "./lab.js";
import { isRunning } from "./processes.js";

const run = promisify(execFile);

/** Starts nginx with what `galaxy-proxy front nginx` prints; only where it listens differs. */
export async function startFront(lab: Lab): Promise<void> {
	const { folder, frontPort, galaxyPort, proxyPort } = lab;
	const { stdout } = await run(process.execPath, [
		join(repository, "bin/galaxy-proxy.js"),
		...["front", "nginx", "--mode", "gxit", "--server-name", "localhost"],
		...["--ip", "127.0.0.1", "--port", `${proxyPort}`],
		...["--proxyPathPrefix", "/interactivetool/ep"],
		...["--galaxy", `127.0.0.1:${galaxyPort}`],
	]);
	const printed = stdout
		.replaceAll("listen 80;", `listen 127.0.0.1:${frontPort};`)
		.replaceAll("listen [::]:80;", "");
	const front = join(folder, "front.conf");
	writeFileSync(front, printed);
	const file = join(folder, "nginx.conf");
	writeFileSync(
		file,
		`pid ${folder}/nginx.pid; error_log ${folder}/nginx.log; worker_processes 1;
events {}
http { access_log off; proxy_temp_path ${folder}/nginx-temporary; include ${front}; }
`,
	);
	await run("nginx", ["-c", file]);
	await until("nginx", () => isListening(frontPort));
}

export async function stopFront({ folder }: Lab): Promise<void> {
	const file = join(folder, "nginx.pid");
	if (!existsSync(file)) return;
	const pid = Number(readFileSync(file, "utf8"));
	signalIfRunning(pid);
	await until("nginx to end", () => !isRunning(pid));
}

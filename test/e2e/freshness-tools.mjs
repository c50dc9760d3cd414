// Runs freshness_tools.py against the built daemon, or against gx-it-proxy, for both of Galaxy's ways to write the table and
// both journal modes; each gets all the commits.
//   npm run build && npx tsc -p test && node test/e2e/freshness-tools.mjs [--commits 3000] [--peer] [--workers N]
// Exit code 1 where an answer of ours was not right.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
/** A disk that takes a second for a commit would show nothing. */
const quickest = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

const { values: options } = parseArgs({
	options: {
		commits: { type: "string", default: "3000" },
		peer: { type: "boolean", default: false },
		workers: { type: "string", default: "0" },
	},
});

for (const era of ["gxitproxy", "gxitproxy-19.09"])
	for (const mode of [[], ["--wal"]]) {
		const report = await judge(era, mode);
		console.log(JSON.stringify(report));
		if (report.code !== 0 && !options.peer) process.exitCode = 1;
	}

async function judge(era, mode) {
	const folder = mkdtempSync(join(quickest, "galaxy-proxy-freshness-"));
	const map = join(folder, "interactivetools_map.sqlite");
	const proxy = await (options.peer ? startPeer(map) : startOurs(map));
	try {
		const args = ["--proxy", `127.0.0.1:${proxy.port}`, "--map", map];
		args.push("--era", era, "--commits", options.commits, ...mode);
		const program = join(here, "freshness_tools.py");
		const python = spawn("python3", [program, ...args], {
			stdio: ["ignore", "pipe", "inherit"],
		});
		let output = "";
		python.stdout.on("data", (text) => {
			output += text;
		});
		const [code] = await once(python, "close");
		return { code, ...JSON.parse(output || "{}") };
	} finally {
		proxy.child.kill();
		rmSync(folder, { recursive: true, force: true });
	}
}

async function startOurs(map) {
	const main = join(root, "dist", "main.js");
	let missing = Number(options.workers);
	const flags = missing > 0 ? ["--workers", options.workers] : [];
	const child = start(main, ["--mode", "gxit", "--port", "0", ...flags], map);
	let port = 0;
	for await (const line of createInterface(child.stdout)) {
		const told = JSON.parse(line);
		if (told.msg === "worker ready") missing--;
		port = told.port ?? port;
		if (port === 0 || missing > 0) continue;
		child.stdout.resume();
		return { child, port };
	}
	throw new Error("the daemon does not listen: build it first");
}

/** It listens at a port that was free, and needs a file. */
async function startPeer(map) {
	const { installPeer } = await import(
		join(root, "build", "test", "e2e", "support", "peer", "install.js")
	);
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address();
	server.close();
	await once(server, "close");
	writeFileSync(map, "");
	const main = join(installPeer(), "lib", "main.js");
	const child = start(main, ["--verbose", "--port", String(port)], map);
	for await (const line of createInterface(child.stdout)) {
		if (!line.startsWith("Listening")) continue;
		child.stdout.resume();
		return { child, port };
	}
	throw new Error("gx-it-proxy does not listen");
}

function start(main, flags, map) {
	const words = [main, "--ip", "127.0.0.1", ...flags, "--sessions", map];
	return spawn(process.execPath, words, {
		stdio: ["ignore", "pipe", "inherit"],
	});
}

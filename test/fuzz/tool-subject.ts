import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { STOPPED } from "../support/container.js";
import { repository } from "../support/folders.js";
import { WORKERS } from "../support/workers.js";
import { PATH_FIELD, PREFIX, TOOLS } from "./tool-rows.js";

/** A daemon that serves the fuzzer's tools and logs every request. */
export interface ToolSubject {
	readonly port: number;
	/** Its end, faults that it logged, and lines of its log with a token, since the last call. */
	takeFaults(): string[];
	stop(): void;
}

const WRITE = `
import json, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("CREATE TABLE gxitproxy (key VARCHAR(16) NOT NULL, key_type TEXT NOT NULL, token VARCHAR(32), host TEXT, port INTEGER, info TEXT, PRIMARY KEY (key, key_type))")
for key, token, port, info in json.load(sys.stdin):
    connection.execute("INSERT INTO gxitproxy VALUES (?, 'interactivetoolentrypoint', ?, '127.0.0.1', ?, ?)", (key, token, port, json.dumps(info)))
connection.commit()
`;

/** A worker listens once it has read the map. */
const READY = WORKERS > 0 ? '"worker ready"' : '"session map readable"';

/** Characters of a token that no line may contain: a shorter part could be in a line by accident. */
const PART = 6;

/** ports: of the containers that run, by key. Resolves when the daemon serves. */
export async function startToolSubject(
	ports: ReadonlyMap<string, number>,
): Promise<ToolSubject> {
	const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-fuzz-"));
	const map = join(folder, "interactivetools_map.sqlite");
	const rows = TOOLS.map(({ key, token, ...needs }) => {
		const port = {
			running: ports.get(key),
			stopped: STOPPED.port,
			absent: null,
		};
		const info = {
			requires_path_in_url: needs.pathInUrl,
			requires_path_in_header_named: needs.pathInField ? PATH_FIELD : null,
		};
		return [key, token, port[needs.place], info];
	});
	rows.push(["notoken", null, STOPPED.port + 1, null]);
	execFileSync("python3", ["-c", WRITE, map], { input: JSON.stringify(rows) });
	const workers = WORKERS > 0 ? ["--workers", String(WORKERS)] : [];
	const child = spawn(process.execPath, [
		...[join(repository, "bin/gx-it-proxy.js"), "--ip", "127.0.0.1"],
		...["--port", "0", "--sessions", map, "--verbose"],
		...["--keep-alive", "always", ...workers],
		...["--proxyPathPrefix", PREFIX],
	]);
	const secret = secrets();
	const faults: string[] = [];
	let rest = "";
	let port = 0;
	let readies = 0;
	let ready = (): void => {};
	const serves = new Promise<void>((resolve) => {
		ready = resolve;
	});
	const take = (text: string): void => {
		const lines = (rest + text).split("\n");
		rest = lines.pop() ?? "";
		for (const line of lines) {
			if (secret.test(line)) faults.push(`the log has a token: ${line}`);
			if (line.includes('"internal fault"')) faults.push(line);
			if (line.includes('"listening"')) port = JSON.parse(line).port;
			if (line.includes(READY)) readies++;
			if (port > 0 && readies >= Math.max(1, WORKERS)) ready();
		}
	};
	child.stdout.setEncoding("utf8").on("data", take);
	child.stderr.setEncoding("utf8").on("data", take);
	let isStopped = false;
	child.once("exit", (code, signal) => {
		if (!isStopped)
			faults.push(`the daemon ended with ${code ?? signal}: ${rest}`);
		rmSync(folder, { recursive: true, force: true });
		ready();
	});
	await serves;
	return {
		port,
		takeFaults: () => faults.splice(0),
		stop() {
			isStopped = true;
			child.kill("SIGKILL");
		},
	};
}

/** Matches a token's beginning, its end, and a session cookie. */
function secrets(): RegExp {
	const parts = TOOLS.flatMap(({ token }) => [
		token.slice(0, PART),
		token.slice(-PART),
	]);
	return new RegExp([...parts, "5ecret"].join("|"), "i");
}

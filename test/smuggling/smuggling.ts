import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Place, PROXY_MAIN, ROOT } from "../e2e/support/place.js";
import { freePort, isListening, until } from "../e2e/support/until.js";
import { writeSessionMap } from "../support/session-map.js";
import { type Container, startNode, startPython } from "./containers.js";
import { CORPUS } from "./corpus.js";
import { gridOf, type Result } from "./grid.js";
import { startHaproxy } from "./haproxy.js";
import { judge, type Pair } from "./judge.js";
import { startNginxContainers, startNginxProxy } from "./nginx.js";

/**
 * Runs by hand, `npm run test:smuggling`: drives the corpus through all pairs and writes the grid into docs/security.md. Exit code 1
 * where ours split, hung or closed without an answer, or where the control did not.
 */
const DOCUMENT = join(ROOT, "docs/security.md");
const BEGIN = "<!-- smuggling: written by npm run test:smuggling -->";
const END = "<!-- smuggling: end -->";
const PROXIES = {
	ours: startOurs,
	nginx: startNginxProxy,
	haproxy: startHaproxy,
};
/** Shows that a split would be noticed; in front of one container. */
const CONTROL = "http-proxy";
const CONTAINERS = ["node", "python", "nginx"] as const;
/** Debian's package by program. */
const NEEDED = { nginx: "nginx-light", haproxy: "haproxy", python3: "python3" };

const missing = Object.entries(NEEDED).filter(([program]) => !isThere(program));
if (missing.length > 0) {
	const packages = missing.map(([, name]) => name).join(" ");
	console.error(`It needs: apt-get install ${packages}`);
	process.exit(2);
}
const place = new Place("smuggling");
try {
	await fillGrid();
} finally {
	await place.close();
}

async function fillGrid(): Promise<void> {
	const pairs = await startPairs();
	const judged = pairs.map(async (pair): Promise<Result[]> => {
		const results: Result[] = [];
		for (const each of CORPUS)
			results.push({ pair, each, outcome: await judge(each, pair) });
		return results;
	});
	const results = (await Promise.all(judged)).flat();
	const grid = gridOf(results, pairs);
	const [before, rest] = readFileSync(DOCUMENT, "utf8").split(BEGIN);
	const after = rest?.split(END)[1];
	if (after === undefined) throw new Error(`${DOCUMENT} has no ${BEGIN}`);
	const text = `${CORPUS.length} requests, ${versions()}.\n\n${grid}`;
	writeFileSync(DOCUMENT, `${before}${BEGIN}\n\n${text}\n\n${END}${after}`);
	console.log(grid);
	const isBad = ({ outcome }: Result): boolean => "SHX".includes(outcome);
	const has = (proxy: string): boolean =>
		results.some((each) => each.pair.proxy === proxy && isBad(each));
	if (has("ours") || !has(CONTROL)) process.exitCode = 1;
}

/** All nine pairs and the control; each has a container of its own, so that what one tells belongs to one pair. */
async function startPairs(): Promise<Pair[]> {
	const echo = join(ROOT, "test/smuggling/echo.py");
	const nginx = await startNginxContainers(place, Object.keys(PROXIES));
	const pairs: Pair[] = [];
	for (const [index, [proxy, start]] of Object.entries(PROXIES).entries()) {
		const told: Record<(typeof CONTAINERS)[number], Container> = {
			node: await startNode(place),
			python: await startPython(place, `python-${proxy}`, echo),
			nginx: nginx[index] as Container,
		};
		const sessions = new Map(CONTAINERS.map((name) => [name, told[name].port]));
		const port = await start(place, sessions);
		for (const container of CONTAINERS)
			pairs.push({
				proxy,
				container,
				port,
				session: container,
				told: told[container],
			});
	}
	return [...pairs, await startControl()];
}

async function startControl(): Promise<Pair> {
	const [container] = CONTAINERS;
	const told = await startNode(place);
	const port = await freePort();
	const program = join(ROOT, "test/smuggling/control.mjs");
	const sessions = JSON.stringify([[container, told.port]]);
	place.start(CONTROL, [process.execPath, program, `${port}`, sessions]);
	await until("http-proxy to listen", () => isListening(port));
	return { proxy: CONTROL, container, port, session: container, told };
}

async function startOurs(
	place: Place,
	sessions: ReadonlyMap<string, number>,
): Promise<number> {
	const port = await freePort();
	const map = place.file("map.sqlite");
	const rows = [...sessions].map(([key, to]) => [
		key,
		{ host: "127.0.0.1", port: to },
	]);
	writeSessionMap(map, Object.fromEntries(rows));
	const flags = ["--sessions", map, "--ip", "127.0.0.1", "--port", `${port}`];
	place.start("ours", [
		process.execPath,
		PROXY_MAIN,
		...flags,
		"--keep-alive",
		"always",
	]);
	await until("the proxy to listen", () => isListening(port));
	return port;
}

function isThere(program: string): boolean {
	try {
		execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
		return true;
	} catch {
		return false;
	}
}

function versions(): string {
	const python = execFileSync("python3", ["--version"], { encoding: "utf8" });
	const haproxy = execFileSync("haproxy", ["-v"], { encoding: "utf8" });
	const nginx = execFileSync("sh", ["-c", "nginx -v 2>&1"], {
		encoding: "utf8",
	});
	const number = (text: string): string =>
		/\d+\.\d+\.\d+/.exec(text)?.[0] ?? "";
	return `nginx ${number(nginx)}, HAProxy ${number(haproxy)}, Node ${number(process.version)}, Python ${number(python)}`;
}

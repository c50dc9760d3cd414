import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Place, ROOT } from "../e2e/support/place.js";
import {
	type Container,
	startNginxContainers,
	startNode,
	startPython,
} from "./containers.js";
import { CORPUS } from "./corpus.js";
import { gridOf, type Result } from "./grid.js";
import { judge, type Pair } from "./judge.js";
import {
	startHaproxy,
	startHttpProxy,
	startNginxProxy,
	startOurs,
} from "./proxies.js";

/**
 * Run by hand: sends the corpus through all pairs of proxy and container and writes the grid into docs/security.md. Exit code
 * 1 where ours split, hung or closed without an answer, or where the control did not.
 */
const DOCUMENT = join(ROOT, "docs/security.md");
const BEGIN = "<!-- smuggling: written by npm run test:smuggling -->";
const END = "<!-- smuggling: end -->";
const PROXIES = {
	ours: startOurs,
	nginx: startNginxProxy,
	haproxy: startHaproxy,
};
/** Proves that a split would be noticed; in front of one container. */
const CONTROL = "http-proxy";
/** Debian's package by program. */
const NEEDED = { nginx: "nginx-light", haproxy: "haproxy", python3: "python3" };

const missing = Object.entries(NEEDED).filter(
	([program]) => !isInstalled(program),
);
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

/** All nine pairs and the control, each with a container of its own, so that reports belong to one pair. */
async function startPairs(): Promise<Pair[]> {
	const nginx = await startNginxContainers(place, Object.keys(PROXIES));
	const pairs: Pair[] = [];
	for (const [index, [proxy, start]] of Object.entries(PROXIES).entries()) {
		const containers = new Map([
			["node", await startNode(place)],
			["python", await startPython(place, `python-${proxy}`)],
			["nginx", nginx[index] as Container],
		]);
		const ports = [...containers].map(([name, { port }]) => [name, port]);
		const port = await start(place, new Map(ports as [string, number][]));
		for (const [container, reports] of containers)
			pairs.push({ proxy, container, port, reports });
	}
	const reports = await startNode(place);
	const port = await startHttpProxy(place, new Map([["node", reports.port]]));
	return [...pairs, { proxy: CONTROL, container: "node", port, reports }];
}

function isInstalled(program: string): boolean {
	const { status } = spawnSync("sh", ["-c", `command -v ${program}`]);
	return status === 0;
}

function versions(): string {
	const versionOf = (command: string): string => {
		const options = { encoding: "utf8" } as const;
		const text = execFileSync("sh", ["-c", `${command} 2>&1`], options);
		return /\d+\.\d+\.\d+/.exec(text)?.[0] ?? "";
	};
	return `nginx ${versionOf("nginx -v")}, HAProxy ${versionOf("haproxy -v")}, Node ${process.versions.node}, Python ${versionOf("python3 --version")}`;
}

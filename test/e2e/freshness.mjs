// Starts the built daemon with its own map and runs freshness.py against it, once for each driver and journal mode;
// the commits are shared among them. The older eras, which are read completely, get a tenth each.
// A database has two daemons with two workers each; --peer tries gx-it-proxy beside them.
//   npm run test:freshness -- --commits 100000
//   npm run test:freshness -- --commits 30000 --eras postgresql --peer
//   npm run test:freshness -- --commits 3000 --eras gxproxy2 --modes wal --drivers node:sqlite@24
// --pause is what a client waits between two requests, in milliseconds; --workers starts the daemon with so many. A driver without @ is that of this Node; others come from the npm registry. Exit code 1 where an answer was not right.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { installNode } from "../nodes.mjs";
import { hasPostgres, judgePostgres } from "./freshness-postgres.mjs";

/** Milliseconds in which the daemon must listen. */
const START_MS = 120_000;

const OLDER_ERAS = ["gxproxy", "v2", "v1"];
const POSTGRES = "postgresql";
const OLDER_SHARE = 1 / 10;

/** On a disk that takes a second for a commit, requests would wait too long. */
const quickest = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

const here = dirname(fileURLToPath(import.meta.url));
const hasSqlite = isBuiltin("node:sqlite");

const { values: options } = parseArgs({
	options: {
		commits: { type: "string", default: "3000" },
		eras: {
			type: "string",
			default: [
				"gxproxy2",
				...OLDER_ERAS,
				...(hasPostgres ? [POSTGRES] : []),
			].join(),
		},
		modes: { type: "string", default: "rollback,wal" },
		drivers: {
			type: "string",
			default: "better-sqlite3,node:sqlite@22,node:sqlite@24",
		},
		pause: { type: "string", default: "1" },
		workers: { type: "string", default: "0" },
		peer: { type: "boolean", default: false },
		json: { type: "boolean", default: false },
	},
});

const reports = [];
for (const run of runs()) {
	const report = await (run.era === POSTGRES ? judgePostgres(run) : judge(run));
	reports.push(report);
	if (options.json) console.log(JSON.stringify(report));
	else console.error(JSON.stringify(report));
}
if (!options.json) console.log(table(reports));
const ours = reports.filter(({ driver }) => driver !== "gx-it-proxy");
if (ours.some((report) => report.code !== 0 || report.internalFaults > 0))
	process.exitCode = 1;

function runs() {
	const eras = options.eras.split(",");
	const modes = options.modes.split(",");
	const isSqliteRead = eras.some((era) => era !== POSTGRES && !isJson(era));
	const drivers = isSqliteRead ? options.drivers.split(",") : [];
	const subjects = drivers.map(subject);
	const commits = Number(options.commits);
	const share = Math.ceil(commits / modes.length / subjects.length);
	const own = subject(hasSqlite ? "node:sqlite" : "better-sqlite3");
	return eras.flatMap((era) => {
		if (era === POSTGRES) {
			const { pause, peer } = options;
			const programs = peer ? ["pg", "gx-it-proxy"] : ["pg"];
			return programs.map((driver) => ({ era, driver, commits, pause }));
		}
		const part = era === "gxproxy2" || eras.length === 1 ? 1 : OLDER_SHARE;
		if (isJson(era))
			return [
				{ ...own, era, mode: "JSON", commits: Math.ceil(commits * part) },
			];
		return subjects.flatMap((each) =>
			modes.map((mode) => ({
				...{ ...each, era, mode },
				commits: Math.ceil(share * part),
			})),
		);
	});
}

function isJson(era) {
	return era === "v1" || era === "v2";
}

/** "node:sqlite@24", or a driver's name for this Node, which then runs without its own. */
function subject(words) {
	const [driver, version] = words.split("@");
	const flags =
		driver === "better-sqlite3" && hasSqlite
			? ["--no-experimental-sqlite"]
			: [];
	if (version === undefined) return { driver, node: process.execPath, flags };
	if (driver !== "node:sqlite")
		throw new Error("better-sqlite3 is compiled for this Node alone");
	return { driver, node: join(installNode(version), "bin", "node"), flags };
}

/** One daemon's run of freshness.py. */
async function judge({ era, mode, driver, node, flags, commits }) {
	const folder = mkdtempSync(join(quickest, "galaxy-proxy-freshness-"));
	const map = join(folder, isJson(era) ? "map.json" : "map.sqlite");
	const daemon = await startDaemon([node, ...flags], map);
	try {
		const args = ["--proxy", `127.0.0.1:${daemon.port}`, "--map", map];
		args.push("--era", era, "--commits", String(commits));
		args.push("--pause", options.pause);
		if (mode === "wal") args.push("--wal");
		const python = spawn("python3", [join(here, "freshness.py"), ...args], {
			stdio: ["ignore", "pipe", "inherit"],
		});
		let output = "";
		python.stdout.setEncoding("utf8").on("data", (text) => {
			output += text;
		});
		const [code] = await once(python, "close");
		await daemon.stop();
		const said = await versionOf(node);
		const reader = isJson(era) ? "" : driver;
		const { internalFaults } = daemon;
		return {
			...{ era, mode, driver: reader, node: said, code, internalFaults },
			...JSON.parse(output || "{}"),
		};
	} finally {
		await daemon.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** With the count of its internal faults, once it was stopped. */
async function startDaemon([node, ...flags], map) {
	const main = join(here, "..", "..", "dist", "main.js");
	const words = [...flags, main, "--ip", "127.0.0.1", "--port", "0"];
	const workers = Number(options.workers);
	if (workers > 0) words.push("--workers", options.workers);
	let missing = workers;
	const child = spawn(node, [...words, "--sessions", map], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	const ended = once(child, "close");
	const daemon = {
		port: 0,
		internalFaults: 0,
		async stop() {
			child.kill("SIGTERM");
			await ended;
		},
	};
	daemon.port = await new Promise((resolve, reject) => {
		const fail = () =>
			reject(new Error("the daemon does not listen: build it first"));
		const late = setTimeout(fail, START_MS);
		child.once("close", fail);
		createInterface(child.stdout).on("line", (line) => {
			const { msg, port = daemon.port } = JSON.parse(line);
			if (msg === "worker ready") missing--;
			daemon.port = port;
			if (port > 0 && missing <= 0) {
				clearTimeout(late);
				resolve(port);
			}
			if (msg !== "internal fault") return;
			daemon.internalFaults++;
			console.error(line);
		});
	});
	return daemon;
}

async function versionOf(node) {
	const child = spawn(node, ["--version"]);
	const [text] = await once(child.stdout.setEncoding("utf8"), "data");
	return text.trim().slice(1);
}

function table(reports) {
	const head =
		"| map | mode | driver | Node | commits | answers checked | wrong | stale | refused | internal faults | request sent after the commit, median / p99 ms |";
	const rows = reports.map((report) => {
		const { era, mode, driver, node, commits, answers } = report;
		const { wrong, stale, refused, internalFaults } = report;
		const { median, p99 } = report.sentAfterCommitMs ?? {};
		return `| ${[era, mode, driver, node, commits, answers, wrong, stale, refused, internalFaults, `${median} / ${p99}`].join(" | ")} |`;
	});
	return [head, `|${" --- |".repeat(11)}`, ...rows].join("\n");
}

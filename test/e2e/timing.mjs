// Can a client tell by the time of a 404 whether a tool's key exists? Sends requests with an unknown key and with a known
// key's wrong token, in random order, on one connection to a running daemon, and prints the area under the ROC curve: 0.5
// means that the times say nothing. Exit code 1 outside 0.48 to 0.52, or if the answers differ in a byte other than Date's.
//   npm run build && node test/e2e/timing.mjs [--requests 10000] [--rows 200] [--by host|path] [--json-map]
import { execFileSync, spawn } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const PREFIX = "/interactivetool/ep";
const BOUNDS = [0.48, 0.52];

const { values: options } = parseArgs({
	options: {
		requests: { type: "string", default: "10000" },
		rows: { type: "string", default: "200" },
		by: { type: "string", default: "host" },
		"json-map": { type: "boolean", default: false },
	},
});

const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-timing-"));
const keys = Array.from({ length: Number(options.rows) }, word);
const map = writeMap();
const daemon = await start();
try {
	const { area, isSame, medians } = await compare(daemon.port);
	const isRight = isSame && area > BOUNDS[0] && area < BOUNDS[1];
	console.log(JSON.stringify({ ...options, area, isSame, ...medians }));
	if (!isRight) process.exitCode = 1;
} finally {
	daemon.child.kill();
	await once(daemon.child, "close");
	rmSync(folder, { recursive: true });
}

/** As long as Galaxy's keys and tokens. */
function word() {
	return BigInt(`0x${randomBytes(8).toString("hex")}`)
		.toString(36)
		.padStart(13, "0");
}

function writeMap() {
	const rows = keys.map((key) => ({ key, token: word() }));
	if (options["json-map"]) {
		const path = join(folder, "map.json");
		const entries = rows.map(({ key, token }, at) => {
			return [key, { host: "127.0.0.1", port: 20_000 + at, token }];
		});
		writeFileSync(path, JSON.stringify(Object.fromEntries(entries)));
		return path;
	}
	const path = join(folder, "interactivetools_map.sqlite");
	const program = [
		"import json, sqlite3, sys",
		"db = sqlite3.connect(sys.argv[1])",
		"db.execute('CREATE TABLE gxitproxy (key VARCHAR(16) NOT NULL, key_type TEXT NOT NULL, token VARCHAR(32), host TEXT, port INTEGER, info TEXT, PRIMARY KEY (key, key_type))')",
		"for at, row in enumerate(json.load(sys.stdin)):",
		"    db.execute('INSERT INTO gxitproxy VALUES (?, ?, ?, ?, ?, NULL)', (row['key'], 'interactivetoolentrypoint', row['token'], '127.0.0.1', 20000 + at))",
		"db.commit()",
	].join("\n");
	execFileSync("python3", ["-c", program, path], {
		input: JSON.stringify(rows),
	});
	return path;
}

async function start() {
	const main = join(here, "..", "..", "dist", "main.js");
	const flags = ["--mode", "gxit", "--ip", "127.0.0.1", "--port", "0"];
	const paths = ["--sessions", map, "--proxyPathPrefix", PREFIX];
	const child = spawn(process.execPath, [main, ...flags, ...paths], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	for await (const line of createInterface(child.stdout)) {
		const { msg, port } = JSON.parse(line);
		if (msg === "listening") {
			child.stdout.resume();
			return { child, port };
		}
	}
	throw new Error("the daemon does not listen");
}

async function compare(port) {
	const socket = connect({ port, host: "127.0.0.1", noDelay: true });
	await once(socket, "connect");
	const ask = asker(socket);
	const texts = new Set();
	const times = { unknown: [], wrong: [] };
	const left = { unknown: 0, wrong: 0 };
	left.unknown = left.wrong = Number(options.requests);
	// The first requests pay for what happens once.
	for (let n = 0; n < 2_000; n++) await ask(word(), word());
	while (left.unknown + left.wrong > 0) {
		const total = left.unknown + left.wrong;
		const kind = randomInt(total) < left.unknown ? "unknown" : "wrong";
		left[kind]--;
		const key = kind === "unknown" ? word() : keys[randomInt(keys.length)];
		const { text, time } = await ask(key, word());
		times[kind].push(time);
		texts.add(text.replace(/^date: .*\r\n/im, ""));
	}
	socket.destroy();
	const medians = {
		unknownMs: median(times.unknown),
		wrongMs: median(times.wrong),
	};
	return { area: areaOf(times), isSame: texts.size === 1, medians };
}

/** Each request is sent once the last answer has come. */
function asker(socket) {
	let input = "";
	let onText = () => {};
	socket.setEncoding("latin1").on("data", (text) => {
		input += text;
		onText();
	});
	return (key, token) =>
		new Promise((resolve) => {
			const isByPath = options.by === "path";
			const target = isByPath ? `${PREFIX}/${key}/${token}/` : "/";
			const host = isByPath
				? "galaxy.example"
				: `${key}-${token}.ep.it.example`;
			input = "";
			onText = () => {
				const end = input.indexOf("\r\n\r\n");
				if (end < 0) return;
				const [, length = "0"] = /^content-length: (\d+)/im.exec(input) ?? [];
				if (input.length < end + 4 + Number(length)) return;
				const time = performance.now() - sent;
				resolve({ text: input, time });
			};
			const sent = performance.now();
			socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
		});
}

/** The chance that a wrong token takes longer than an unknown key (Mann and Whitney's U). */
function areaOf({ unknown, wrong }) {
	const all = [
		...unknown.map((time) => ({ time, isWrong: false })),
		...wrong.map((time) => ({ time, isWrong: true })),
	].sort((a, b) => a.time - b.time);
	let ranks = 0;
	for (const [at, { isWrong }] of all.entries()) if (isWrong) ranks += at + 1;
	const n = wrong.length;
	return (ranks - (n * (n + 1)) / 2) / (n * unknown.length);
}

function median(times) {
	return times.toSorted((a, b) => a - b)[times.length >> 1];
}

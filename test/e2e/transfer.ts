import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, request } from "node:http";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startNginx } from "./support/fronts.js";
import { BASE } from "./support/jupyter.js";
import { type Place, placeFor } from "./support/place.js";
import { launchAt } from "./support/site.js";

const BODY_BYTES = 100 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** A reader of 20 MB a second takes five seconds, in which the proxy could buffer everything. */
const SLOW_PAUSE_MS = 3;
const ALLOWED_MB = 48;

const HASH = createHash("sha256");
for (const chunk of chunks()) HASH.update(chunk);
const DIGEST = HASH.digest("hex");

test("100 MB up and down with a slow reader arrive complete and are not buffered", async (t) => {
	const place = placeFor(t, "transfer");
	const port = await startContainer(place);
	const launched = await launchAt(place, { host: "127.0.0.1", port });
	const { key, pid, proxyPort } = launched;
	const nginxPort = await startNginx(place, launched);
	const headers = { Cookie: `galaxysession=${key}` };
	const ask = (port: number, path: string, fields: object = {}) =>
		request(`http://127.0.0.1:${port}${BASE}${path}`, {
			method: path === "up" ? "POST" : "GET",
			agent: false,
			headers: { ...headers, ...fields },
		});
	const down = async (port: number, path: string) => {
		const [response] = await once(ask(port, path).end(), "response");
		return digestSlowly(response);
	};
	const up = async (port: number, fields: object) => {
		const sent = ask(port, "up", fields);
		const answered = once(sent, "response");
		await pipeline(Readable.from(chunks(), { objectMode: false }), sent);
		const [response]: IncomingMessage[] = await answered;
		return (await response?.toArray())?.join("") ?? "";
	};

	await down(proxyPort, "small");
	const idle = residentMB(pid);
	console.log(`idle: ${idle.toFixed(1)} MB resident`);
	const length = { "Content-Length": BODY_BYTES };
	const transfers: [string, () => Promise<string>][] = [
		["down, with a length", () => down(proxyPort, "length")],
		["down, chunked", () => down(proxyPort, "chunked")],
		["up, with a length", () => up(proxyPort, length)],
		["up, chunked", () => up(proxyPort, {})],
		["down, through nginx", () => down(nginxPort, "length")],
		["up, through nginx", () => up(nginxPort, length)],
	];
	for (const [name, transfer] of transfers) {
		await t.test(name, async () => {
			const started = performance.now();
			const watch = watchMemory(pid);
			const digest = await transfer().finally(watch.stop);
			const seconds = ((performance.now() - started) / 1000).toFixed(1);
			const above = watch.peak - idle;
			console.log(
				`${name.padEnd(22)} ${seconds} s, at most ${above.toFixed(1)} MB above idle`,
			);
			assert.equal(digest, DIGEST);
			assert(above <= ALLOWED_MB, `${above} MB above idle`);
		});
	}
});

/** All chunks differ, so that a lost, doubled or exchanged one changes the checksum. */
function* chunks(): Generator<Buffer> {
	for (let sent = 0; sent < BODY_BYTES; sent += CHUNK_BYTES)
		yield Buffer.alloc(CHUNK_BYTES, `${sent.toString(36)}.`);
}

/** Sends the body with a length or chunked, or reads one slowly and answers with its checksum. Resolves with its port. */
function startContainer(place: Place): Promise<number> {
	const server = createServer(async (incoming, response) => {
		const path = incoming.url?.split("/").at(-1);
		if (path === "up") return response.end(await digestSlowly(incoming));
		if (path === "small") return response.end("small");
		if (path === "length") response.setHeader("Content-Length", BODY_BYTES);
		await pipeline(Readable.from(chunks(), { objectMode: false }), response);
	});
	return place.serve(server);
}

async function digestSlowly(body: Readable): Promise<string> {
	const hash = createHash("sha256");
	const slow = new Transform({
		async transform(chunk, _encoding, done) {
			hash.update(chunk);
			await pause((SLOW_PAUSE_MS * chunk.length) / CHUNK_BYTES);
			done();
		},
	});
	await pipeline(body, slow.resume());
	return hash.digest("hex");
}

function watchMemory(pid: number): { peak: number; stop: () => void } {
	const watch = { peak: residentMB(pid), stop: () => clearInterval(timer) };
	const timer = setInterval(() => {
		watch.peak = Math.max(watch.peak, residentMB(pid));
	}, 20);
	return watch;
}

function residentMB(pid: number): number {
	const status = readFileSync(`/proc/${pid}/status`, "utf8");
	return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

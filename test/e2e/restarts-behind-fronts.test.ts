import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { freePort } from "../support/free-port.js";
import { writeSessionMap } from "../support/session-map.js";
import {
	type Load,
	startLoad,
	startLoadContainer,
} from "../support/steady-load.js";
import { runNginx } from "./support/fronts.js";
import { type Place, PROXY_MAIN, placeFor, SUPPORT } from "./support/place.js";
import { isListening, linesOf, until } from "./support/until.js";

/** Restarts of each process; 20 take two minutes. */
const TIMES = Number(process.env.E2E_RESTARTS ?? 4);
/** Requests a second, which a process on half a core still serves. */
const RATE = 400;

async function isReady(port: number): Promise<boolean> {
	const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => {});
	return answer?.status === 200;
}

async function isLossless(load: Load, log: (text: string) => void) {
	const { latency, ...counts } = await load.stop();
	log(JSON.stringify({ ...counts, latency }));
	assert.deepEqual(counts.losses, []);
	assert.equal(counts.lost, 0);
	assert.equal(counts.answered, counts.sent);
}

test(`a single process on a socket that the service manager holds, restarted ${TIMES} times behind nginx, loses nothing`, async (t) => {
	const place = placeFor(t, "restarts-nginx");
	const map = place.file("session_map.sqlite");
	writeSessionMap(map, { abc: await startLoadContainer(t) });
	const [port, admin] = [await freePort(), await freePort()];
	const command = ["python3", `${SUPPORT}/hold-socket.py`, String(port)];
	const proxy = [process.execPath, PROXY_MAIN, "--sessions", map];
	const holder = place.start(
		"proxy",
		[...command, ...proxy, "--admin", `127.0.0.1:${admin}`],
		{ talks: true },
	);
	const restarted = linesOf(holder);
	await until("the proxy to be ready", () => isReady(admin));
	const front = await freePort();
	await runNginx(
		place,
		front,
		`upstream proxy { server 127.0.0.1:${port}; keepalive 16; }
server {
listen 127.0.0.1:${front};
location / {
proxy_pass http://proxy;
proxy_http_version 1.1;
proxy_set_header Connection "";
proxy_set_header Host $http_host;
}
}`,
	);
	const load = await startLoad(t, { port: front, rate: RATE });
	for (let times = 0; times < TIMES; times++) {
		await load.until(RATE / 2);
		holder.stdin?.write("\n");
		assert.equal(await restarted(), "restarted after 0");
		await until("the next process to be ready", () => isReady(admin));
	}
	await load.until(RATE / 2);
	await isLossless(load, (text) => t.diagnostic(text));
	holder.stdin?.end();
});

interface Restarted {
	readonly port: number;
	readonly admin: number;
	restart(): Promise<void>;
}

async function startOne(
	place: Place,
	name: string,
	map: string,
): Promise<Restarted> {
	const [port, admin] = [await freePort(), await freePort()];
	const ready = () => isReady(admin);
	const command = [
		...[process.execPath, PROXY_MAIN, "--ip", "127.0.0.1"],
		...["--port", String(port), "--admin", `127.0.0.1:${admin}`],
		...["--sessions", map, "--drain-delay", "2"],
	];
	let daemon = await place.startReady(`${name}0`, command, ready);
	let count = 0;
	return {
		port,
		admin,
		async restart() {
			const ended = new Promise((resolve) => daemon.once("exit", resolve));
			daemon.kill("SIGTERM");
			assert.equal(await ended, 0);
			daemon = await place.startReady(`${name}${++count}`, command, ready);
		},
	};
}

test(`two processes behind HAProxy, each restarted ${TIMES} times, lose nothing`, async (t) => {
	const place = placeFor(t, "restarts-haproxy");
	const map = place.file("session_map.sqlite");
	writeSessionMap(map, { abc: await startLoadContainer(t) });
	const both = [
		await startOne(place, "a", map),
		await startOne(place, "b", map),
	];
	const front = await freePort();
	const bothUp = async () => {
		const answer = await fetch(`http://127.0.0.1:${front}/haproxy;csv`);
		return (await answer.text()).match(/^proxies,s\d,.*,UP,/gm)?.length === 2;
	};
	const servers = both.map(
		({ port, admin }, index) =>
			`server s${index} 127.0.0.1:${port} check port ${admin} inter 300 fall 1 rise 1`,
	);
	const config = place.file("haproxy.cfg");
	writeFileSync(
		config,
		`defaults
mode http
option redispatch
timeout connect 5s
timeout client 30s
timeout server 30s
timeout check 10s
listen proxies
bind 127.0.0.1:${front}
stats uri /haproxy
option httpchk GET /readyz
${servers.join("\n")}
`,
	);
	await place.startReady("haproxy", ["haproxy", "-db", "-f", config], () =>
		isListening(front),
	);
	const load = await startLoad(t, { port: front, rate: RATE });
	for (let times = 0; times < TIMES; times++)
		for (const one of both) {
			await load.until(RATE / 2);
			await one.restart();
			await until("HAProxy to use both", bothUp);
		}
	await isLossless(load, (text) => t.diagnostic(text));
});

import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { freePort } from "../../support/free-port.js";
import type { Load, LoadResult } from "../../support/steady-load.js";
import { printedFront } from "./fronts.js";
import type { OtherHost } from "./network.js";
import { type Place, PROXY_MAIN } from "./place.js";
import { isListening, until } from "./until.js";

/** At SIGUSR2 half a minute passes for the daemon. */
const CLOCK = fileURLToPath(
	new URL("../../admin/steady-clock-that-jumps.js", import.meta.url),
);

/** One of several daemons behind a balancer. */
export interface Replica {
	readonly host: string;
	readonly port: number;
	readonly admin: number;
	/** Asks its admin listener. Resolves with the status; 0 if nobody answers. */
	status(path: "/readyz" | "/servez"): Promise<number>;
	/** SIGTERM; then the next process on the same ports. */
	restart(): Promise<void>;
	/** SIGKILL. */
	kill(): Promise<void>;
	start(): Promise<void>;
	/** Half a minute passes for it. */
	jump(): void;
}

/**
 * Starts a daemon, and waits until it is ready. host: another one than this; map: a file, or a database's URL; words: other
 * flags.
 */
export async function startReplica(
	place: Place,
	name: string,
	{ map, words = [], on }: { map: string; words?: string[]; on?: OtherHost },
): Promise<Replica> {
	const [port, admin] = [await freePort(), await freePort()];
	const host = on?.address ?? "127.0.0.1";
	const status = async (path: string): Promise<number> => {
		const url = `http://${host}:${admin}${path}`;
		return (await fetch(url).catch(() => undefined))?.status ?? 0;
	};
	const command = [
		...(on?.within ?? []),
		...["env", `NODE_OPTIONS=--import=${CLOCK}`],
		"GALAXY_PROXY_ADMIN_TOKEN=c0ffee",
		...[process.execPath, PROXY_MAIN, "--ip", host],
		...["--port", String(port), "--admin", `${host}:${admin}`],
		...["--sessions", map, "--drain-delay", "3", ...words],
	];
	let count = 0;
	let daemon: ChildProcess;
	async function start(): Promise<void> {
		const isReady = async () => (await status("/readyz")) === 200;
		daemon = await place.startReady(`${name}${count++}`, command, isReady);
	}
	async function end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
		const ended = once(daemon, "exit");
		daemon.kill(signal);
		await ended;
	}
	await start();
	return {
		host,
		port,
		admin,
		status,
		start,
		async restart() {
			await end("SIGTERM");
			assert.equal(daemon.exitCode, 0);
			await start();
		},
		kill: () => end("SIGKILL"),
		jump: () => daemon.kill("SIGUSR2"),
	};
}

/** A running HAProxy. */
export interface HaProxy {
	readonly port: number;
	/** The servers that HAProxy takes for ready, and those that it takes for serving, as in "proxy2 / proxy1 proxy2". */
	up(): Promise<string>;
	/** The server that gets the request. */
	serverOf(request: () => Promise<unknown>): Promise<string | undefined>;
}

/**
 * HAProxy with the configuration that `front haproxy` prints for these daemons; only its own ports are others.
 * words: further ones for `front`; an OtherHost: where it runs
 */
export async function startHaproxy(
	place: Place,
	replicas: readonly Pick<Replica, "host" | "port" | "admin">[],
	...more: (string | OtherHost)[]
): Promise<HaProxy> {
	const words = more.filter((word) => typeof word === "string");
	const on = more.find((word) => typeof word !== "string");
	const host = on?.address ?? "127.0.0.1";
	const servers = replicas.flatMap(({ host, port, admin }) => [
		"--server",
		`${host}:${port},${admin}`,
	]);
	const printed = printedFront("haproxy", ...servers, ...words);
	const [port, stats] = [await freePort(), await freePort()];
	const ported = printed
		.replace(/\n {4}# Remove this line.*\n {4}bind \[::\].*/, "")
		.replace("bind :80", `bind ${host}:${port}`);
	assert.ok(!ported.includes("[::]"));
	const config = place.file("haproxy.cfg");
	// Without root it has no other user to become.
	const text =
		process.getuid?.() === 0
			? ported
			: ported.replace(/\n {4}(user|group|chroot) .*/g, "");
	writeFileSync(
		config,
		`${text}\nlisten statistics\n    bind ${host}:${stats}\n    stats uri /\n`,
	);
	const command = [...(on?.within ?? []), ...["haproxy", "-db", "-f", config]];
	await place.startReady("haproxy", command, () => isListening(port, host));
	const logged = () =>
		readFileSync(place.file("haproxy.log"), "utf8").match(
			/ galaxy_proxy\/(proxy\d) /g,
		) ?? [];
	return {
		port,
		async serverOf(request) {
			const before = logged().length;
			await request();
			// The line is written once the answer was sent.
			await until("the request in the log", () => logged().length > before);
			return logged().at(-1)?.slice(14, -1);
		},
		async up() {
			const answer = await fetch(`http://${host}:${stats}/;csv`);
			const text = await answer.text();
			const of = (backend: string) =>
				[
					...text.matchAll(
						new RegExp(`^${backend},(proxy\\d),.*,UP( \\d/\\d)?,`, "gm"),
					),
				]
					.map(([, server]) => server)
					.join(" ");
			return `${of("galaxy_proxy")} / ${of("galaxy_proxy_backup")}`;
		},
	};
}

/** Waits until HAProxy takes exactly these servers for up. */
export function untilUp(haproxy: HaProxy, servers: string): Promise<void> {
	return until(`HAProxy to use ${servers}`, async () => {
		return (await haproxy.up()) === servers;
	});
}

/** A load has so many connections, and a request on each at most: more cannot be lost with one daemon. */
export const MOST_IN_HAND = 128;

/** Ends the load, which must not have lost anything but so many requests of these kinds. */
export async function endLoad(
	load: Load,
	log: (text: string) => void,
	mayLose: readonly string[] = [],
	most = 0,
): Promise<LoadResult> {
	const result = await load.stop();
	const { latency, ...counts } = result;
	log(JSON.stringify({ ...counts, latency }));
	assert.deepEqual(
		counts.losses.filter(({ kind }) => !mayLose.includes(kind)),
		[],
	);
	assert.ok(counts.lost <= most, `${counts.lost} lost`);
	assert.equal(counts.answered + counts.lost, counts.sent);
	assert.equal(counts.tunnels.cut, 0);
	return result;
}

import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { freePort } from "../../support/free-port.js";
import type { Postgres } from "../../support/postgres.js";
import { signalIfRunning } from "../../support/signal.js";
import { TOOL_PREFIX } from "../../support/tools.js";
import {
	addRule,
	connectHosts,
	type OtherHost,
	processesOn,
	removeRules,
	unplug,
} from "./network.js";
import { type Place, PROXY_MAIN } from "./place.js";
import { until } from "./until.js";

const WORKERS = 2;

/** A network namespace with a daemon of two workers. */
export interface Machine {
	readonly host: string;
	readonly port: number;
	readonly admin: number;
	/** Of /readyz; 0 if nobody answers. */
	readiness(): Promise<number>;
	/** Replaces the workers one by one. */
	roll(): Promise<void>;
	/** SIGTERM; then the next daemon on the same ports. */
	restart(): Promise<void>;
	/** SIGKILL for all its processes. */
	kill(): Promise<void>;
	start(): Promise<void>;
	/** Pulls out all its cables. @returns plugs them in again */
	unplug(): () => void;
	/** Its packets to the database are dropped. */
	cutOff(): void;
	reconnect(): void;
}

/** balancer: the machine from which its requests come. */
export async function startMachine(
	place: Place,
	name: string,
	on: OtherHost,
	balancer: OtherHost,
	database: Postgres,
): Promise<Machine> {
	const [port, admin] = [await freePort(), await freePort()];
	const [host, itsAddress] = connectHosts(on, balancer);
	const readiness = async (): Promise<number> => {
		const signal = AbortSignal.timeout(1_000);
		const url = `http://${on.address}:${admin}/readyz`;
		return (await fetch(url, { signal }).catch(() => undefined))?.status ?? 0;
	};
	const command = [
		...on.within,
		...["env", "GALAXY_PROXY_ADMIN_TOKEN=c0ffee"],
		...[process.execPath, PROXY_MAIN, "--ip", host],
		...["--port", String(port), "--admin", `0.0.0.0:${admin}`],
		...["--sessions", database.url(), "--drain-delay", "5"],
		...["--proxyPathPrefix", TOOL_PREFIX, "--same-address", "any"],
		...["--workers", String(WORKERS), "--trust-proxy", itsAddress],
	];
	let count = 0;
	let daemon: ChildProcess;
	const log = () => readFileSync(place.file(`${name}${count}.log`), "utf8");
	async function start(): Promise<void> {
		const isReady = async () => (await readiness()) === 200;
		daemon = await place.startReady(`${name}${++count}`, command, isReady);
	}
	await start();
	return {
		host,
		port,
		admin,
		readiness,
		start,
		async roll() {
			const rolls = () => log().split('"rolling restart done"').length;
			const before = rolls();
			daemon.kill("SIGUSR2");
			await until("the rolling restart to be done", () => rolls() > before);
		},
		async restart() {
			const ended = once(daemon, "exit");
			daemon.kill("SIGTERM");
			await ended;
			assert.equal(daemon.exitCode, 0);
			await start();
		},
		async kill() {
			const ended = once(daemon, "exit");
			for (const pid of processesOn(on)) signalIfRunning(pid, "SIGKILL");
			await ended;
		},
		unplug: () => unplug(on, balancer),
		cutOff: () => addRule(on, `OUTPUT -p tcp --dport ${database.port} -j DROP`),
		reconnect: () => removeRules(on),
	};
}

import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { promisify } from "node:util";
import { until } from "../../e2e/support/until.js";
import { signalIfRunning } from "../../support/signal.js";
import { docker, isRunning, stopEngine } from "./engine.js";
import { stopFront } from "./front.js";
import { stopGalaxy } from "./gravity.js";
import type { Lab } from "./lab.js";
import { processesOf, proxyProcesses, type Seen } from "./processes.js";

const run = promisify(execFile);

/** Milliseconds for what has got its signal. */
const END_MS = 30_000;

/**
 * Ends everything that the lab has started, whatever part of it is there, and removes its traces.
 * @returns what should not have been there: faults of the proxy, or of the lab itself
 */
export async function takeDown(lab: Lab): Promise<string[]> {
	const faults: string[] = [];
	const step = async (name: string, act: () => Promise<unknown>) => {
		await act().catch((error) => faults.push(`${name}: ${error}`));
	};
	await step("nginx", () => stopFront(lab));
	if (!userExists(lab.user)) return [...faults, ...(await removeHost(lab))];
	await step("Galaxy", () => stopGalaxy(lab));
	await step("the proxy", () =>
		until("its processes to end", () => proxyProcesses(lab).length === 0, {
			patience: END_MS,
			soFar: () => JSON.stringify(proxyProcesses(lab)),
		}),
	);
	await step("containers", () => removeContainers(lab));
	await step("jobs", () => endProcesses(lab));
	await step("the Docker engine", () => stopEngine(lab));
	await step("the user", () => run("userdel", [lab.user]));
	faults.push(...(await removeHost(lab)), ...leftovers(lab));
	return faults;
}

/** Where Galaxy is restarted, the containers of its tools go on for ever. */
async function removeContainers(lab: Lab): Promise<void> {
	if (!existsSync(`${lab.folder}/docker/pid`)) return;
	const ids = await docker(lab, "ps", "-aq");
	if (ids !== "") await docker(lab, "rm", "-f", ...ids.split("\n"));
}

/**
 * Galaxy's own remains: scripts of jobs whose containers have just gone, and container monitors, which outlive their jobs if
 * they never found a port.
 */
async function endProcesses(lab: Lab): Promise<void> {
	for (const signal of ["SIGTERM", "SIGKILL"] as const) {
		for (const { pid } of processesOf(lab)) signalIfRunning(pid, signal);
		const areGone = () => processesOf(lab).length === 0;
		const patience = END_MS / 2;
		const isDone = await until("jobs to end", areGone, { patience }).then(
			() => true,
			() => false,
		);
		if (isDone) return;
	}
	throw new Error(`they do not end: ${JSON.stringify(processesOf(lab))}`);
}

/** The namespace, the cable and the folder. */
async function removeHost({ folder, namespace }: Lab): Promise<string[]> {
	const faults: string[] = [];
	for (const mount of mountsBelow(folder))
		await run("umount", ["--lazy", mount]).catch((error) =>
			faults.push(`${error}`),
		);
	for (const words of [
		["link", "del", namespace],
		["netns", "del", namespace],
	])
		if (existsSync(pathOf(words[0] ?? "", namespace)))
			await run("ip", words).catch((error) => faults.push(`${error}`));
	rmSync(folder, { recursive: true, force: true });
	return faults;
}

function pathOf(kind: string, name: string): string {
	return kind === "link" ? `/sys/class/net/${name}` : `/run/netns/${name}`;
}

/** The deepest first. */
function mountsBelow(folder: string): string[] {
	return readFileSync("/proc/self/mountinfo", "utf8")
		.split("\n")
		.map((line) => line.split(" ")[4] ?? "")
		.filter((path) => path.startsWith(`${folder}/`))
		.reverse();
}

/** Traces of the lab on this machine. */
function leftovers(lab: Lab): string[] {
	const { folder, namespace, user } = lab;
	const paths = ["link", "netns"].map((kind) => pathOf(kind, namespace));
	return [
		...[...paths, folder].filter(existsSync),
		...mountsBelow(folder),
		...(userExists(user) ? [`the user ${user}`] : []),
		...processesNaming(folder),
	].map((trace) => `left over: ${trace}`);
}

/** Processes that have the lab's folder on their command line, of whatever user. */
function processesNaming(folder: string): string[] {
	const { stdout } = spawnPs();
	return stdout
		.split("\n")
		.filter((line) => line.includes(`${folder}/`))
		.filter((line) => isRunning(Number(line.trim().split(" ")[0])));
}

function spawnPs(): { stdout: string } {
	const stdout = execFileSync("ps", ["-eo", "pid=,args="], {
		encoding: "utf8",
	});
	return { stdout };
}

function userExists(user: string): boolean {
	const passwd = readFileSync("/etc/passwd", "utf8");
	return passwd.includes(`\n${user}:`);
}

/** Bytes of memory that the lab's processes have in use. */
export function memoryOf(lab: Lab): number {
	if (!userExists(lab.user)) return 0;
	return processesOf(lab).reduce(
		(sum: number, { memory }: Seen) => sum + memory,
		0,
	);
}

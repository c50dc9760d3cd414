import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { promisify } from "node:util";
import { until } from "../../e2e/support/until.js";
import { signalIfRunning } from "../../support/signal.js";
import { docker, stopEngine } from "./engine.js";
import { stopFront } from "./front.js";
import { stopGalaxy } from "./gravity.js";
import type { Lab } from "./lab.js";
import { processesOf, proxyProcesses, type Seen, uidOf } from "./processes.js";

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
	if (uidOf(lab.user) !== undefined) {
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
		// It has no process any more, but init may still have to ask for the status of one.
		await step("the user", () => run("userdel", ["--force", lab.user]));
	}
	await step("traces", () => removeTraces(lab));
	return faults;
}

/** Where Galaxy is restarted, the containers of its tools go on for ever. Some remove themselves just now. */
async function removeContainers(lab: Lab): Promise<void> {
	if (!existsSync(`${lab.folder}/docker/pid`)) return;
	let last: unknown;
	const areGone = async () => {
		const ids = await docker(lab, "ps", "-aq");
		if (ids === "") return true;
		const removed = docker(lab, "rm", "-f", ...ids.split("\n"));
		await removed.catch((error) => {
			last = error;
		});
		return false;
	};
	await until("containers to go", areGone, { soFar: () => `; ${last}` });
}

/**
 * Galaxy's own remains: scripts of jobs whose containers have just gone, and container monitors, which outlive their jobs if
 * they never found a port.
 */
async function endProcesses(lab: Lab): Promise<void> {
	const soFar = () => `: ${JSON.stringify(processesOf(lab))}`;
	const end = (signal: NodeJS.Signals, patience: number) => {
		// Again and again, because they start others meanwhile.
		const areGone = () => {
			const left = processesOf(lab);
			for (const { pid } of left) signalIfRunning(pid, signal);
			return left.length === 0;
		};
		return until("jobs to end", areGone, { patience, soFar });
	};
	await end("SIGTERM", END_MS / 2).catch(() => end("SIGKILL", END_MS));
}

/** Removes the folder and the engine's host, and waits until nothing is left, since some processes end a moment later. */
async function removeTraces(lab: Lab): Promise<void> {
	let last: unknown;
	const areGone = async () => {
		await removeHost(lab).catch((error) => {
			last = error;
		});
		return leftovers(lab).length === 0;
	};
	const soFar = () => `: ${leftovers(lab).join(", ")}; ${last}`;
	await until("nothing to be left over", areGone, { soFar });
}

/** The namespace, the cable and the folder. */
async function removeHost({ folder, namespace }: Lab): Promise<void> {
	for (const mount of mountsBelow(folder))
		await run("umount", ["--lazy", mount]);
	for (const kind of ["link", "netns"])
		if (existsSync(pathOf(kind, namespace)))
			await run("ip", [kind, "del", namespace]);
	rmSync(folder, { recursive: true, force: true });
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
		...(uidOf(user) === undefined ? [] : [`the user ${user}`]),
		...processesNaming(folder),
	];
}

/** Processes that have the lab's folder on their command line, of whatever user. */
function processesNaming(folder: string): string[] {
	const words = ["-eo", "pid=,args="];
	const lines = execFileSync("ps", words, { encoding: "utf8" }).split("\n");
	return lines.filter((line) => line.includes(`${folder}/`));
}

/** Bytes of memory that the lab's processes have in use. */
export function memoryOf(lab: Lab): number {
	return processesOf(lab).reduce(
		(sum: number, { memory }: Seen) => sum + memory,
		0,
	);
}

import { execFile, spawn } from "node:child_process";
import {
	closeSync,
	cpSync,
	existsSync,
	mkdirSync,
	openSync,
	readFileSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "../../e2e/support/until.js";
import { repository } from "../../support/folders.js";
import { signalIfRunning } from "../../support/signal.js";
import type { Lab } from "./lab.js";
import { isRunning } from "./processes.js";

export const IMAGE = "lab/tool:1";

const run = promisify(execFile);

function within({ folder }: Lab, name = ""): string {
	return join(folder, "docker", name);
}

/** Where Galaxy's jobs find the engine. */
export function dockerHost(lab: Lab): string {
	return `unix://${within(lab, "docker.sock")}`;
}

/** The output of a command of the lab's engine, without the final line end. */
export async function docker(lab: Lab, ...words: string[]): Promise<string> {
	const { stdout } = await run("docker", ["-H", dockerHost(lab), ...words], {
		env: { ...process.env, HOME: lab.folder },
	});
	return stdout.trim();
}

/** The engine's host: a network namespace with a cable to this one and no other route. */
export async function makeEngineHost(lab: Lab): Promise<void> {
	const { namespace: name, hereAddress, engineAddress } = lab;
	for (const line of [
		`netns add ${name}`,
		`link add ${name} type veth peer name eth0 netns ${name}`,
		`addr add ${hereAddress}/30 dev ${name}`,
		`link set ${name} up`,
		`-n ${name} addr add ${engineAddress}/30 dev eth0`,
		`-n ${name} link set lo up`,
		`-n ${name} link set eth0 up`,
	])
		await run("ip", line.split(" "));
}

/** Starts the engine, which outlives this process. */
export async function startEngine(lab: Lab): Promise<void> {
	mkdirSync(within(lab), { recursive: true });
	const log = openSync(within(lab, "log"), "a");
	const program = spawn(
		"nsenter",
		[
			// `ip netns exec` would hide the control groups.
			...[`--net=/run/netns/${lab.namespace}`, "dockerd"],
			...["--data-root", within(lab, "data")],
			...["--exec-root", within(lab, "x"), "--pidfile", within(lab, "pid")],
			...["--storage-driver", "vfs", "--group", lab.user],
			...["-H", dockerHost(lab)],
		],
		{ detached: true, stdio: ["ignore", log, log] },
	);
	closeSync(log);
	program.unref();
	const soFar = () => readFileSync(within(lab, "log"), "utf8").slice(-4000);
	const isReady = () => {
		if (program.exitCode !== null) throw new Error(`dockerd ended: ${soFar()}`);
		return docker(lab, "version").then(
			() => true,
			() => false,
		);
	};
	await until("the Docker engine", isReady, { soFar });
}

/** Ends the engine and with it all containers. */
export async function stopEngine(lab: Lab): Promise<void> {
	const file = within(lab, "pid");
	if (!existsSync(file)) return;
	const pid = Number(readFileSync(file, "utf8"));
	signalIfRunning(pid);
	await until("dockerd to end", () => !isRunning(pid));
}

/** The image of the lab's tools: a program, and the folders where this machine's own /usr is mounted. */
export async function importImage(lab: Lab): Promise<void> {
	const root = within(lab, "image");
	for (const name of ["app", "dev", "etc", "proc", "sys", "tmp", "usr"])
		mkdirSync(join(root, name), { recursive: true });
	for (const name of ["bin", "lib", "lib64", "sbin"])
		symlinkSync(`usr/${name}`, join(root, name));
	writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/:/bin/sh\n");
	const program = join(repository, "test/galaxy/support/app.py");
	cpSync(program, join(root, "app/app.py"));
	const tar = within(lab, "image.tar");
	await run("tar", ["-C", root, "-cf", tar, "."]);
	await docker(lab, "import", "-c", "ENV PATH=/usr/bin:/bin", tar, IMAGE);
}

/** A container that runs. */
export interface Running {
	readonly name: string;
	/** As Docker prints them, such as 0.0.0.0:32768->7000/tcp. */
	readonly ports: string;
}

export async function containers(lab: Lab): Promise<Running[]> {
	const lines = await docker(lab, "ps", "--format", "{{.Names}} {{.Ports}}");
	return lines
		.split("\n")
		.filter((line) => line !== "")
		.map((line) => {
			const [name = "", ...ports] = line.split(" ");
			return { name, ports: ports.join(" ") };
		});
}

/** Docker's name for the container that publishes this port. */
export async function containerAt(
	lab: Lab,
	port: number | undefined,
): Promise<string> {
	const running = await containers(lab);
	const found = running.find(({ ports }) => ports.includes(`:${port}->`));
	if (found === undefined)
		throw new Error(`nobody publishes ${port}: ${JSON.stringify(running)}`);
	return found.name;
}

import { spawn } from "node:child_process";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Daemon, tellsOfMap } from "../support/daemon.js";
import { repository } from "../support/folders.js";

/** The file that Galaxy's launcher executes. */
export const LAUNCHED = join(repository, "lib", "main.js");

export interface Launch {
	/** As it stands in the command line: may be relative to `cwd`, and need not exist. */
	sessions: string;
	cwd?: string;
	/** As it stands in the command line. */
	command?: string;
	verbose?: boolean;
}

/** Executes the file itself, with the command line of Galaxy's launcher, and waits as startDaemon does. Ended after the test. */
export async function launchAsGalaxy(
	t: TestContext,
	{ sessions, cwd, command, verbose }: Launch,
): Promise<Daemon> {
	const words = ["--sessions", sessions, "--ip", "127.0.0.1", "--port", "0"];
	words.push("--reverseProxy", ...(verbose ? ["--verbose"] : []));
	const { PATH } = process.env;
	const child = spawn(command ?? LAUNCHED, words, { cwd, env: { PATH } });
	const daemon = new Daemon(child, sessions);
	t.after(() => daemon.verify(false));
	const { port } = await daemon.logged((line) => line.msg === "listening");
	daemon.port = Number(port);
	await daemon.logged(tellsOfMap);
	return daemon;
}

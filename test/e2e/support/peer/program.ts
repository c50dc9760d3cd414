import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { repository } from "../../../support/folders.js";
import { freePort } from "../../../support/free-port.js";
import { isListening, until } from "../until.js";
import { installPeer } from "./install.js";

/** The two programs that are compared. */
export const PROGRAMS = ["gx-it-proxy", "galaxy-proxy"] as const;
export type Name = (typeof PROGRAMS)[number];

/** A running gx-it-proxy or galaxy-proxy on 127.0.0.1. */
export interface Program {
	readonly name: Name;
	readonly port: number;
	readonly pid: number;
	/** All that it has written so far. */
	readonly output: () => string;
	/** Its exit code or the signal that ended it; undefined while it runs. */
	readonly end: () => number | NodeJS.Signals | undefined;
	readonly ended: Promise<unknown>;
	signal(signal: NodeJS.Signals): void;
}

/** Starts the program with the same words for both, and waits until it listens or has ended. Stopped after the test. */
export async function startProgram(
	t: TestContext,
	name: Name,
	args: readonly string[],
): Promise<Program> {
	const port = await freePort();
	const script =
		name === "gx-it-proxy"
			? join(installPeer(), "lib/main.js")
			: join(repository, "bin/gx-it-proxy.js");
	const words = [script, "--ip", "127.0.0.1", "--port", `${port}`, ...args];
	const child = spawn(process.execPath, words, {
		stdio: ["ignore", "pipe", "pipe"],
		// A name server that does not answer must not delay what is told of a name that is unknown.
		env: { ...process.env, RES_OPTIONS: "timeout:1 attempts:1" },
	});
	let output = "";
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding("utf8").on("data", (text: string) => {
			output += text;
		});
	const ended = once(child, "exit");
	t.after(async () => {
		if (endOf(child) === undefined) child.kill("SIGKILL");
		await ended;
	});
	await until(
		`${name} to listen`,
		async () => endOf(child) !== undefined || (await isListening(port)),
		{ soFar: () => output },
	);
	return {
		name,
		port,
		pid: child.pid ?? 0,
		output: () => output,
		end: () => endOf(child),
		ended,
		signal: (signal) => child.kill(signal),
	};
}

function endOf(child: ChildProcess): number | NodeJS.Signals | undefined {
	return child.exitCode ?? child.signalCode ?? undefined;
}

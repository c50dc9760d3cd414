import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { repository } from "../support/folders.js";
import { signalIfRunning } from "../support/signal.js";
import { Changes, within } from "../support/wait.js";

export interface Demo {
	/** Of the process group too, as a shell gives one to each command. */
	pid: number;
	/** The page that stands in for Galaxy. */
	page: string;
	/** The address of the proxy for environments. */
	proxy: string;
	/** The address of the proxy for tools. */
	toolsProxy: string;
	/** The folder in which the demo creates its temporary folder. */
	folder: string;
	find(pattern: RegExp): RegExpExecArray;
	/** Sends SIGINT to the process group, as Ctrl-C does. Resolves with the exit code. */
	interrupt(): Promise<number | null>;
	/** Waits for its end. */
	exit(): Promise<number | null>;
}

/** Starts the demo, by default on free ports. Ended after the test. */
export async function startDemo(
	t: TestContext,
	galaxyPort = 0,
	proxyPort = 0,
	toolsPort = 0,
): Promise<Demo> {
	const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-test-"));
	const script = join(repository, "demo", "demo.mjs");
	const ports = [
		`--galaxy-port=${galaxyPort}`,
		`--proxy-port=${proxyPort}`,
		`--tools-port=${toolsPort}`,
	];
	const child = spawn(process.execPath, [script, ...ports], {
		detached: true,
		env: { ...process.env, TMPDIR: folder },
	});
	const pid = child.pid ?? 0;
	const changes = new Changes();
	let said = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding("utf8").on("data", (text: string) => {
			said += text;
			changes.notify();
		});
	}
	const closed = once(child, "close").then(([code]) => code as number | null);
	const exit = (): Promise<number | null> =>
		within("an exit", closed, () => said);
	const interrupt = (): Promise<number | null> => {
		if (child.exitCode === null) signalIfRunning(-pid, "SIGINT");
		return exit();
	};
	t.after(async () => {
		await interrupt();
		rmSync(folder, { recursive: true });
	});
	const ready = () => (said.includes("Ctrl-C ends") ? true : undefined);
	await changes.wait("the addresses", ready, () => said);

	const find = (pattern: RegExp): RegExpExecArray => {
		const found = pattern.exec(said);
		assert.ok(found, said);
		return found;
	};
	const page = find(/Galaxy's page +(\S+)/)[1] ?? "";
	const proxy = find(/galaxy-proxy +(\S+)/)[1] ?? "";
	const toolsProxy = find(/gx-it-proxy +(\S+)/)[1] ?? "";
	return { pid, page, proxy, toolsProxy, folder, find, interrupt, exit };
}

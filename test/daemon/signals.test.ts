import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { type Daemon, startDaemon } from "../support/daemon.js";
import { repository, scratchFolder } from "../support/folders.js";
import { within } from "../support/wait.js";

const NO_EFFECT = /^SIGUSR2 does nothing without --workers/;

/** A statement that runs in the daemon before lib/main.js. Its debugger gets any free port. */
function preloaded(statement: string) {
	const url = `data:text/javascript,${encodeURIComponent(statement)}`;
	return { NODE_OPTIONS: `--inspect-port=0 --import=${url}` };
}

async function start(t: TestContext, statement = "") {
	const container = await startAnswering(t);
	const env = preloaded(statement);
	return startDaemon(t, { sessions: { abc: container }, env });
}

/** Its line about SIGUSR2, and that it serves afterwards. */
async function servesOn(t: TestContext, daemon: Daemon): Promise<void> {
	await daemon.logged(({ msg = "" }) => NO_EFFECT.test(msg));
	assert.equal((await ask(t, daemon, request("GET /"))).text, "ok");
}

for (const signals of [
	["SIGUSR2"],
	["SIGALRM", "SIGALRM", "SIGUSR2"],
	["SIGUSR1", "SIGUSR1", "SIGUSR1", "SIGUSR2"],
] as const)
	test(`${signals.join(", ")}: the daemon serves on, without Node's debugger`, async (t) => {
		const daemon = await start(t);
		for (const signal of signals) daemon.child.kill(signal);
		await servesOn(t, daemon);
		assert.equal(daemon.stderr, "");
	});

test("signals that come while the program is loaded are handled after the start", async (t) => {
	const SIGNALS = ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM"];
	const daemon = await start(
		t,
		// main.ts adds this listener, before it loads the daemon.
		`process.on("newListener", (name) => {
			if (name !== "uncaughtException") return;
			for (const signal of ${JSON.stringify(SIGNALS)}) process.kill(process.pid, signal);
		});`,
	);
	await daemon.logged(({ msg }) => msg === "reloaded");
	await servesOn(t, daemon);
	assert.equal(daemon.stderr, "");
});

test("a debugger that SIGUSR1 has opened before the program began is closed", async (t) => {
	const daemon = await start(t, 'process.kill(process.pid, "SIGUSR1");');
	const [, port] = await daemon.printed(/listening on ws:.*:(\d+)\//);
	// Refused, or ended while it is connected.
	const client = connect(Number(port), "127.0.0.1").on("error", () => {});
	const closed = new Promise((resolve) => client.once("close", resolve));
	await within("the debugger's end", closed, () => "connected");
	assert.equal((await ask(t, daemon, request("GET /"))).text, "ok");
});

for (const signal of ["SIGHUP", "SIGUSR2", "SIGALRM"] as const)
	test(`${signal} ends a command`, async (t) => {
		const fifo = join(scratchFolder(t), "galaxy.yml");
		execFileSync("mkfifo", [fifo]);
		const main = join(repository, "lib", "main.js");
		const words = [main, "config", "--config", fifo];
		const command = spawn(process.execPath, words, { stdio: "ignore" });
		t.after(() => command.kill("SIGKILL"));
		const ended = once(command, "exit");
		// Open once the command reads it, which takes until the end of this file.
		const file = await within("a reader", open(fifo, "w"), String);
		t.after(() => file.close());
		command.kill(signal);
		assert.deepEqual(await within("an end", ended, String), [null, signal]);
	});

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { anonymous, ask, connect, request } from "../support/client.js";
import { OK, startBackend } from "../support/container.js";
import { Daemon, type LogLine, startDaemon } from "../support/daemon.js";
import { repository, scratchFolder } from "../support/folders.js";

const TOOLS = ["--mode", "gxit"];

/** Runs in the daemon before lib/main.js: prints why a listener could not be opened. */
const PRINT_ERRORS = `
	import { Server } from "node:net";
	const { listen } = Server.prototype;
	Server.prototype.listen = function (...words) {
		this.once("error", ({ code }) => console.log(code));
		return listen.apply(this, words);
	};
`;

const isTaken = ({ msg }: LogLine) => msg === "EADDRINUSE";

/** Another daemon on the port; nothing waits until it listens. */
function startOn(t: TestContext, port: number, words: string[]): Daemon {
	const where = ["--ip", "127.0.0.1", "--port", String(port)];
	const preload = `data:text/javascript,${encodeURIComponent(PRINT_ERRORS)}`;
	const main = join(repository, "lib", "main.js");
	const child = spawn(
		process.execPath,
		["--import", preload, main, ...where, ...words],
		{ env: { PATH: process.env.PATH } },
	);
	const daemon = new Daemon(child, "");
	t.after(() => daemon.stop());
	return daemon;
}

test("a daemon for tools waits until the one before it has left the port", async (t) => {
	const first = await startDaemon(t, { args: TOOLS });
	// Stopped, it gets the SIGTERM when it continues.
	first.child.kill("SIGSTOP");
	const gone = first.stop("SIGTERM");
	const words = ["--sessions", first.map, ...TOOLS];
	const next = startOn(t, first.port, words);
	await next.logged(isTaken);
	first.child.kill("SIGCONT");
	await next.logged(({ msg }) => msg === "listening");
	assert.equal(await gone, 0);
	assert.ok((await ask(t, first.port, anonymous("GET /"))).status);
});

test("it waits for the admin listener of one that still drains, and serves meanwhile", async (t) => {
	const backend = await startBackend(t);
	const first = await startDaemon(t, {
		sessions: { abc: backend },
		// The request is still in flight when the next daemon has started, however slowly.
		args: ["--admin", "127.0.0.1:0", "--drain-timeout", "60"],
	});
	const { port } = await first.logged(({ msg }) => msg === "admin listening");
	const client = await connect(t, first.port);
	client.send(request("GET /"));
	const container = await backend.connection(0);
	await container.until("\r\n\r\n");
	const gone = first.stop("SIGTERM");
	await first.logged(({ msg }) => msg?.startsWith("shutting down") === true);

	const words = ["--sessions", first.map, "--admin", `127.0.0.1:${port}`];
	const next = startOn(t, 0, [...words, ...TOOLS]);
	await next.logged(isTaken);
	const listening = await next.logged(({ msg }) => msg === "listening");
	const answer = await ask(t, Number(listening.port), anonymous("GET /"));
	assert.ok(answer.status);
	container.send(OK);
	client.end();
	assert.equal(await gone, 0);
	const admin = await next.logged(({ msg }) => msg === "admin listening");
	assert.equal(admin.port, port);
});

const skip = process.platform !== "linux" && "the holder is looked up in /proc";

test("another program's port is tried once", { skip }, async (t) => {
	const other = await startBackend(t);
	const map = join(scratchFolder(t), "map.sqlite");
	const next = startOn(t, other.port, ["--sessions", map, ...TOOLS]);
	assert.equal(await next.exited(), 1);
	assert.equal(next.lines.filter(isTaken).length, 1);
	assert.match(next.lines.at(-1)?.msg ?? "", /which is not a galaxy-proxy/);
});

test("a proxy of environments is not waited for", { skip }, async (t) => {
	const first = await startDaemon(t);
	const words = ["--sessions", first.map, "--cookie", "galaxysession"];
	const next = startOn(t, first.port, words);
	assert.equal(await next.exited(), 1);
	assert.equal(next.lines.filter(isTaken).length, 1);
});

test("SIGTERM ends the wait", { skip }, async (t) => {
	const first = await startDaemon(t, { args: TOOLS });
	const words = ["--sessions", first.map, ...TOOLS];
	const next = startOn(t, first.port, words);
	await next.logged(isTaken);
	assert.equal(await next.stop("SIGTERM"), 1);
	const { msg } = next.lines.at(-1) ?? {};
	assert.match(msg ?? "", new RegExp(`in use by process ${first.pid}\\b`));
});

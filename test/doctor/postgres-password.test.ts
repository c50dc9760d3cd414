import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { startDaemon } from "../support/daemon.js";
import { repository } from "../support/folders.js";
import { noPostgres } from "../support/postgres.js";
import { signalIfRunning } from "../support/signal.js";
import { examine } from "./examined.js";
import { expectFinding, startMap } from "./examined-database.js";

const skip = noPostgres();
const PASSWORD = "pa55w0rd";
const WITH_ENVIRONMENT = /GALAXY_PROXY_SESSIONS .* in gx_it_proxy\.environment/;

test("a password in doctor's own arguments is doubtful, one in the environment is good, and neither is shown", {
	skip,
}, async (t) => {
	const server = await startMap(t, { password: PASSWORD });
	const inArguments = await examine(["--sessions", server.url()]);
	expectFinding(inArguments, {
		name: "map password",
		verdict: "doubtful",
		what: /process list showed it/,
		remedy: /GALAXY_PROXY_SESSIONS.*PGPASSFILE.*gx_it_proxy/s,
	});
	const inEnvironment = await examine([], {
		env: { GALAXY_PROXY_SESSIONS: server.url() },
	});
	expectFinding(inEnvironment, {
		name: "map password",
		verdict: "good",
		what: /does not show/,
		remedy: /^$/,
	});
	for (const { stdout } of [inArguments, inEnvironment])
		assert.doesNotMatch(stdout, new RegExp(PASSWORD));
});

test("a proxy that was started with the password in its arguments is named, although it hides it", {
	skip: skip || (process.platform !== "linux" && "arguments are in /proc"),
}, async (t) => {
	const server = await startMap(t, { password: PASSWORD });
	for (const map of [server.url(), `${server.url()}?password=${PASSWORD}`]) {
		const { port } = await startDaemon(t, { map });
		const examined = await examine(["--port", String(port)], {
			env: { GALAXY_PROXY_SESSIONS: server.url() },
		});
		expectFinding(examined, {
			name: "map password",
			verdict: "doubtful",
			what: /showed the database's password when the proxy \(process \d+\)/,
			remedy: WITH_ENVIRONMENT,
		});
		assert.doesNotMatch(examined.stdout, new RegExp(PASSWORD));
	}
	const { port } = await startDaemon(t, {
		map: server.url().replace(`:${PASSWORD}`, ""),
		env: { PGPASSWORD: PASSWORD },
	});
	const examined = await examine(["--port", String(port)], {
		env: { GALAXY_PROXY_SESSIONS: server.url() },
	});
	expectFinding(examined, {
		name: "map password",
		verdict: "good",
		what: /does not show/,
		remedy: /^$/,
	});
});

test("a parent of the proxy that has the URL in its arguments is named, as with gravity", {
	skip: skip || (process.platform !== "linux" && "parents are in /proc"),
}, async (t) => {
	const server = await startMap(t, { password: PASSWORD });
	const port = await startUnderShell(t, server.url());
	const examined = await examine(["--port", String(port)], {
		env: { GALAXY_PROXY_SESSIONS: server.url() },
	});
	expectFinding(examined, {
		name: "map password",
		verdict: "doubtful",
		what: /in the arguments of process \d+/,
		remedy: WITH_ENVIRONMENT,
	});
	assert.doesNotMatch(examined.stdout, new RegExp(PASSWORD));
});

/** Starts a proxy whose parent is a shell with the URL in its arguments. Resolves with the proxy's port. */
async function startUnderShell(t: TestContext, url: string): Promise<number> {
	const main = join(repository, "lib", "main.js");
	const start = `"$1" "$2" --ip 127.0.0.1 --port 0 & echo "pid $!"; wait`;
	const words = ["-c", start, "sh", process.execPath, main, url];
	const env = { PATH: process.env.PATH, GALAXY_PROXY_SESSIONS: url };
	const shell = spawn("sh", words, { env });
	t.after(() => shell.kill());
	for await (const line of createInterface({ input: shell.stdout })) {
		const [, pid] = /^pid (\d+)$/.exec(line) ?? [];
		if (pid !== undefined) t.after(() => signalIfRunning(Number(pid)));
		const { msg, port } = line.startsWith("{") ? JSON.parse(line) : {};
		if (msg === "listening") return Number(port);
	}
	throw new Error("the proxy does not listen");
}

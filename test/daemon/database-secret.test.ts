import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runCli } from "../cli/run-cli.js";
import { startWatched } from "../support/admin.js";
import { scratchFolder } from "../support/folders.js";
import { noPostgres, startPostgres } from "../support/postgres.js";

const PASSWORD = "hunter2/+%";
/** Its beginning, however the rest is encoded. */
const SECRET = /hunter2/;
const SHOWN = /the process list showed the database's password/;

interface Start {
	readonly args?: string[];
	readonly env?: Record<string, string>;
}

const TABLE =
	"CREATE TABLE gxitproxy (key text, key_type text, token text, host text, port integer, info text, PRIMARY KEY (key, key_type)); GRANT SELECT ON gxitproxy TO galaxy";

/** The four ways to give the URL. */
const WAYS: Record<string, (t: TestContext, url: string) => Start> = {
	"--sessions": (_, url) => ({ args: ["--sessions", url] }),
	GALAXY_PROXY_SESSIONS: (_, url) => ({ env: { GALAXY_PROXY_SESSIONS: url } }),
	"--sessions-file": (t, url) => ({
		args: ["--sessions-file", fileIn(t, "url", `${url}\n`)],
	}),
	"--config": (t, url) => ({
		args: [
			"--config",
			fileIn(
				t,
				"galaxy.yml",
				`galaxy:\n  interactivetoolsproxy_map: "${url}"\n`,
			),
		],
	}),
};

function fileIn(t: TestContext, name: string, text: string): string {
	const file = join(scratchFolder(t), name);
	writeFileSync(file, text, { mode: 0o600 });
	return file;
}

/** The arguments of a process and of those that it has started, as everybody sees them. */
function argumentsOf(pid: number): string {
	const children = readdirSync("/proc").filter((entry) =>
		fileOf(entry, "status").includes(`\nPPid:\t${pid}\n`),
	);
	const pids = [String(pid), ...children];
	const lines = pids.map((one) => fileOf(one, "cmdline"));
	assert.notEqual(lines[0], "");
	const listed = execFileSync("ps", ["-ww", "-o", "args=", "-p", pids.join()]);
	return [...lines, listed.toString()].join("\n");
}

/** Empty if there is no such process, or no longer. */
function fileOf(pid: string, name: string): string {
	try {
		return readFileSync(`/proc/${pid}/${name}`, "utf8");
	} catch {
		return "";
	}
}

for (const [way, start] of Object.entries(WAYS))
	for (const workers of way === "--sessions" ? [[], ["--workers", "1"]] : [[]])
		test(`the password given by ${[way, ...workers].join(" ")} is shown nowhere`, {
			skip: noPostgres(),
		}, async (t) => {
			const server = await startPostgres(t, { password: PASSWORD });
			await server.query(TABLE);
			const { args = [], env } = start(t, server.url());
			const settings = [...args, "--log-level", "debug", "--verbose"];
			const listen = ["--ip", "127.0.0.1", "--port", "0", ...workers];
			const { daemon, ask } = await startWatched(t, {
				bare: true,
				args: [...settings, ...listen],
				...(env && { env }),
			});
			await daemon.logged(({ msg }) => msg === "session map readable");
			assert.doesNotMatch(argumentsOf(daemon.pid), SECRET);
			assert.match(argumentsOf(daemon.pid), /--log-level.debug/);
			for (const path of ["/", "/metrics", "/routes", "/readyz", "/healthz"])
				assert.doesNotMatch((await ask(path)).text, SECRET, path);
			await server.stop("immediate");
			await daemon.logged(({ msg }) => msg === "session map unreadable");
			assert.doesNotMatch((await ask("/readyz")).text, SECRET);
			const log = daemon.lines.map((line) => JSON.stringify(line)).join("\n");
			assert.doesNotMatch(log + daemon.stderr, SECRET);
			const warnings = log.split("\n").filter((line) => SHOWN.test(line));
			assert.equal(warnings.length, way === "--sessions" ? 1 : 0);

			for (const command of [
				["config"],
				["config", "--json"],
				["config", "--check"],
				["routes"],
				["doctor"],
			]) {
				const run = await runCli([...command, ...args], env ? { env } : {});
				const printed = run.stdout + run.stderr;
				assert.doesNotMatch(printed, SECRET, command.join(" "));
				assert.ok(printed.length > 0);
			}
		});

test("a command line that is wrong is not repeated with its password", async () => {
	const url = "postgresql://galaxy:hunter2@db/map";
	for (const args of [
		[`--sesions=${url}`],
		[url],
		["--sessions", url, "--port", url],
		["--sessions", url, `--keep-alive=${url}`],
		["--sessions", `${url}?nonsense=1`],
		["--sessions", "postgresql://galaxy:hunter2/x@db/map"],
		["routes", "--limit", url],
		["gx-it-proxy", url],
	]) {
		const { code, stdout, stderr } = await runCli(args);
		assert.equal(code, 2, args.join(" "));
		assert.doesNotMatch(stdout + stderr, SECRET);
	}
});

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { runCli } from "../cli/run-cli.js";
import { startHttpBackend } from "../support/container.js";
import { type Daemon, startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";
import type { Row } from "../support/session-map.js";
import { type FrontFaults, startFront } from "./raw-front.js";

export interface Finding {
	name: string;
	verdict: string;
	what: string;
	remedy: string;
}

/** Doctor's output. */
export interface Examined {
	code: number | null;
	findings: Finding[];
	stdout: string;
}

/** Runs doctor as a separate process, on 127.0.0.1. */
export async function examine(
	args: readonly string[],
	options: Parameters<typeof runCli>[1] = {},
): Promise<Examined> {
	const line = ["doctor", "--json", "--ip", "127.0.0.1", ...args];
	const { code, stdout, stderr } = await runCli(line, options);
	assert.equal(stderr, "");
	const { findings } = JSON.parse(stdout) as { findings: Finding[] };
	return { code, findings, stdout };
}

/** The expected output for one fault: one finding with the cause, and a remedy that helps. */
export interface Diagnosis {
	name: string;
	verdict?: "wrong" | "doubtful";
	what: RegExp;
	remedy: RegExp;
}

export function expectDiagnosis(
	{ code, findings }: Examined,
	{ name, verdict = "wrong", what, remedy }: Diagnosis,
): void {
	const found = findings.filter((each) => each.name === name);
	assert.ok(
		found.some(
			(each) =>
				each.verdict === verdict &&
				what.test(each.what) &&
				remedy.test(each.remedy),
		),
		`${name} should be ${verdict}, ${what} and ${remedy}: ${JSON.stringify(findings, null, "\t")}`,
	);
	const isWrong = findings.some((each) => each.verdict === "wrong");
	assert.equal(code, isWrong ? 1 : 0);
	assert.ok(verdict === "doubtful" || isWrong);
}

/** Nothing wrong, nothing doubtful. */
export function expectWell({ code, findings }: Examined): void {
	const ill = findings.filter(({ verdict }) => verdict !== "good");
	assert.deepEqual(ill, []);
	assert.equal(code, 0);
}

/** A daemon with one session, whose container answers. */
export interface Running {
	daemon: Daemon;
	/** The flags for doctor. */
	args: string[];
}

/** Secret: must stand in nothing that doctor prints. */
export const KEY = "5ecre75ecre75ecre75ecre7";

export async function startRunning(
	t: TestContext,
	options: {
		rows?: Record<string, Row>;
		args?: string[];
		within?: readonly string[];
		env?: NodeJS.ProcessEnv;
	} = {},
): Promise<Running> {
	const { rows, ...rest } = options;
	const container = await startHttpBackend(t, (_request, response) => {
		response.end("here");
	});
	const { host, port } = container;
	const daemon = await startDaemon(t, {
		sessions: { [KEY]: { host, port }, ...rows },
		...rest,
	});
	const args = ["--sessions", daemon.map, "--port", String(daemon.port)];
	return { daemon, args };
}

const SETS_COOKIE = `galaxysession=${KEY}; Path=/galaxy; HttpOnly`;

export interface SiteFaults extends FrontFaults {
	/** The Set-Cookie of Galaxy's page. */
	cookie?: string;
	/** Answers in place of Galaxy's page. */
	galaxy?: RequestListener;
}

/** Galaxy's page and a front proxy before it and the daemon; resolves with the front's origin. */
export async function startSite(
	t: TestContext,
	{ daemon }: Running,
	faults: SiteFaults = {},
): Promise<string> {
	const { cookie = SETS_COOKIE, galaxy, ...front } = faults;
	const page: RequestListener = (_request, response) => {
		response.setHeader("Set-Cookie", cookie);
		response.end("Galaxy");
	};
	const { port } = await startHttpBackend(t, galaxy ?? page);
	const behind = { proxy: daemon.port, galaxy: port };
	return `http://127.0.0.1:${await startFront(t, behind, front)}`;
}

/** A fault of the front proxy or of Galaxy's page, and doctor's diagnosis of it. */
export interface SiteCase extends SiteFaults, Diagnosis {
	/** More flags of doctor. */
	flags?: readonly string[];
}

/** Doctor's output for a site with these faults. */
export async function examineSite(
	t: TestContext,
	running: Running,
	{ flags = [], ...faults }: SiteFaults & Pick<SiteCase, "flags"> = {},
): Promise<Examined> {
	const origin = await startSite(t, running, faults);
	const url = ["--url", `${origin}/galaxy`];
	return await examine([...running.args, ...url, ...flags]);
}

/** Examines a site for each case, as a subtest of that name. */
export async function expectDiagnoses(
	t: TestContext,
	cases: Record<string, SiteCase>,
	...flags: readonly string[]
): Promise<void> {
	const running = await startRunning(t);
	for (const [name, each] of Object.entries(cases))
		await t.test(name, async (t) => {
			const all = [...flags, ...(each.flags ?? [])];
			const examined = await examineSite(t, running, { ...each, flags: all });
			expectDiagnosis(examined, each);
		});
}

/** Runs a package galaxy-proxy of this version on a free port. Resolves with its folder and the flags for doctor. */
export async function startPackage(
	t: TestContext,
	{ version, map, answer }: { version: string; map: string; answer: string },
): Promise<{ js: string; args: string[] }> {
	const js = join(scratchFolder(t), "lib/galaxy/web/proxy/js");
	const script = join(js, "lib/main.js");
	mkdirSync(dirname(script), { recursive: true });
	const about = JSON.stringify({ name: "galaxy-proxy", version });
	writeFileSync(join(js, "package.json"), about);
	writeFileSync(
		script,
		`const server = require("node:http").createServer((_, response) => { ${answer} });
		server.listen(0, "127.0.0.1", () => console.log(server.address().port));`,
	);
	const child = spawn(process.execPath, [script, "--sessions", map]);
	t.after(() => child.kill());
	const [port] = await once(child.stdout, "data");
	return { js, args: ["--sessions", map, "--port", String(port).trim()] };
}

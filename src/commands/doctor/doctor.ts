import { setMaxListeners } from "node:events";
import { type Surroundings, withMap } from "../../config/config.js";
import { type Kind, seconds } from "../../config/flag-values.js";
import { VERSION } from "../../package.js";
import { checkedOption } from "../command.js";
import { Diagnosis, type Finding } from "./check.js";
import type { DoctorSettings } from "./doctor-settings.js";
import { type Found, unchecked, type Verdict } from "./finding.js";
import { frontOf } from "./front.js";
import { FRONT_CHECKS } from "./front-checks.js";
import { type Host, hostOf } from "./host.js";
import { MAP_CHECKS, ROW_CHECKS } from "./map-checks.js";
import { NODE_CHECKS } from "./node-checks.js";
import { withProbe } from "./probe.js";
import { PROXY_CHECKS } from "./proxy-checks.js";
import { checkPublicWay } from "./public/public-diagnosis.js";
import { probeTools } from "./public/tool-probe.js";
import { COOKIE_CHECK, HOST_CHECK, REQUEST_CHECKS } from "./request-checks.js";
import { TARGET_CHECK } from "./target-checks.js";
import { checkTools } from "./tools/tools-diagnosis.js";
import { startSilences, TRANSFER_CHECKS } from "./transfer-checks.js";
import { VERSION_CHECK } from "./version-check.js";

/** The command's own options, as typed. */
export interface Options {
	readonly url?: string;
	readonly probe?: boolean;
	readonly silence?: string;
	readonly json?: boolean;
}

/** Milliseconds for all checks, without the silence. */
const TOTAL_MS = 60_000;
const SILENCE = "3";
const LONGEST_SILENCE_MS = 3_600_000;

const galaxyUrl: Kind<URL> = {
	allowed:
		"Galaxy's address as users type it, for example https://galaxy.example/galaxy",
	read(text) {
		const url = URL.canParse(text) ? new URL(text) : undefined;
		const isHttp = /^https?:$/.test(url?.protocol ?? "");
		const { username, password, search, hash } = url ?? {};
		const hasMore = [username, password, search, hash].some(Boolean);
		return isHttp && !hasMore ? url : undefined;
	},
};

const positive: Kind<number> = {
	allowed: `seconds from above 0 to ${LONGEST_SILENCE_MS / 1000}`,
	read(text) {
		const ms = seconds.read(text) ?? 0;
		return ms > 0 && ms <= LONGEST_SILENCE_MS ? ms : undefined;
	},
};

/** If the terminal is closed, the test row and its lock must be removed too. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const VERDICT_WIDTH = 11;
const NAME_WIDTH = 17;

/**
 * Runs all checks, prints their findings and resolves with the exit code.
 * @throws {UsageError} for an option's value that is not allowed
 */
export async function doctor(
	settings: DoctorSettings,
	options: Options,
	env: Surroundings["env"],
): Promise<number> {
	const { url: address, silence = SILENCE } = options;
	const url =
		address === undefined
			? undefined
			: checkedOption(galaxyUrl, "--url", address);
	const silenceMs = checkedOption(positive, "--silence", silence);
	const ending = new AbortController();
	const end = (reason: string) => ending.abort(new Error(reason));
	const interrupt = (): void => end("doctor was interrupted");
	const lateMs = TOTAL_MS + silenceMs;
	const timer = setTimeout(() => end("doctor ran out of time"), lateMs);
	for (const signal of SIGNALS) process.on(signal, interrupt);
	const { signal } = ending;
	// Each request adds a listener, and many run at a time.
	setMaxListeners(0, signal);
	const diagnosis = new Diagnosis(signal);
	try {
		const host = hostOf(withMap(settings.config), env, signal);
		const isReadable = await checkHost(diagnosis, host);
		const noProbe = !options.probe ? NO_PROBE : isReadable ? undefined : NO_MAP;
		const run = { diagnosis, settings, host, url, silenceMs, noProbe };
		if (settings.config.mode === "gxit") await checkForTools(run);
		else await checkForEnvironments(run);
	} finally {
		clearTimeout(timer);
		for (const signal of SIGNALS) process.off(signal, interrupt);
	}
	const { findings } = diagnosis;
	process.stdout.write(options.json ? jsonOf(findings) : linesOf(findings));
	return worstOf(findings) === "wrong" ? 1 : 0;
}

const UNTRIED =
	"whether cookie, path, query, WebSockets, uploads and long answers reach a container";
const NO_URL = unchecked`the front proxy -> Add --url with Galaxy's address as users type it, for example --url https://galaxy.example/galaxy.`;
const NO_PROBE = unchecked`${UNTRIED} -> Add --probe: it writes a test row into the session map, sends requests with it, and removes it.`;
const NO_MAP = unchecked`${UNTRIED} -> First solve the problem of the map above.`;

/** One run of the command, after the checks of this host. */
interface Run {
	readonly diagnosis: Diagnosis;
	readonly settings: DoctorSettings;
	readonly host: Host;
	readonly url: URL | undefined;
	readonly silenceMs: number;
	/** The reason against a probe; undefined if it can run. */
	readonly noProbe: Found | undefined;
}

async function checkForTools(run: Run): Promise<void> {
	const { diagnosis, settings, host, url, silenceMs, noProbe } = run;
	await checkTools(diagnosis, settings, host);
	const isProbed = noProbe === undefined;
	const examined = { settings, host, url, isProbed };
	const way = await checkPublicWay(diagnosis, examined);
	if (noProbe !== undefined) diagnosis.add("probe", noProbe);
	else await probeTools(diagnosis, { host, way }, silenceMs);
}

async function checkForEnvironments(run: Run): Promise<void> {
	const { diagnosis, settings, host, url, silenceMs, noProbe } = run;
	const front = url && frontOf(url, settings, host.signal);
	if (front === undefined) diagnosis.add("front", NO_URL);
	else await diagnosis.run(FRONT_CHECKS, front);
	if (noProbe !== undefined) {
		diagnosis.add("probe", noProbe);
		return;
	}
	await withProbe(diagnosis, host, silenceMs, async (probe) => {
		if (front === undefined) return;
		const subject = { front, stranger: front, probe };
		await diagnosis.run([COOKIE_CHECK], subject);
		if (diagnosis.verdictOf("front cookie") !== "good") return;
		const silences = startSilences(subject, silenceMs);
		await diagnosis.run([...REQUEST_CHECKS, HOST_CHECK], subject);
		await diagnosis.run(TRANSFER_CHECKS, silences);
	});
}

/** Returns whether the map can be read. */
async function checkHost(diagnosis: Diagnosis, host: Host): Promise<boolean> {
	await diagnosis.run(NODE_CHECKS, host);
	const { database } = host.config;
	const isReadable = await (database === undefined
		? checkFile(diagnosis, host)
		: (await import("./database-diagnosis.js")).checkDatabase(
				diagnosis,
				host,
				database,
			));
	if (isReadable) await diagnosis.run([TARGET_CHECK], host);
	await diagnosis.run(PROXY_CHECKS, host);
	await diagnosis.run([VERSION_CHECK], host);
	return isReadable;
}

async function checkFile(diagnosis: Diagnosis, host: Host): Promise<boolean> {
	await diagnosis.run(MAP_CHECKS, host);
	// The checks of the map have reported why it cannot be read.
	const listing = await host.rows().catch(() => undefined);
	if (listing === undefined) return false;
	await diagnosis.run(ROW_CHECKS, listing);
	return true;
}

/** For people: one line per finding, its remedy below, and the counts. */
function linesOf(findings: readonly Finding[]): string {
	const lines = findings.flatMap(({ name, verdict, what, remedy }) => {
		const head = verdict.padEnd(VERDICT_WIDTH) + name.padEnd(NAME_WIDTH);
		const line = `${head}${printable(what)}`;
		if (remedy === "") return [line];
		return [line, `${" ".repeat(VERDICT_WIDTH)}-> ${printable(remedy)}`];
	});
	const counts = ["good", "doubtful", "wrong", "unchecked"].map((verdict) => {
		const all = findings.filter((each) => each.verdict === verdict);
		return `${all.length} ${verdict}`;
	});
	return `${[...lines, "", counts.join(", ")].join("\n")}\n`;
}

function jsonOf(findings: readonly Finding[]): string {
	const all = { version: VERSION, verdict: worstOf(findings), findings };
	return `${JSON.stringify(all, null, "\t")}\n`;
}

function worstOf(findings: readonly Finding[]): Verdict {
	const verdicts = findings.map(({ verdict }) => verdict);
	if (verdicts.includes("wrong")) return "wrong";
	return verdicts.includes("doubtful") ? "doubtful" : "good";
}

/** Control characters in received text must not steer the admin's terminal. */
function printable(text: string): string {
	return text.replace(/\p{Cc}+/gu, " ");
}

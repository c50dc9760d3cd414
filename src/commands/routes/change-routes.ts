import { createInterface } from "node:readline";
import { createInterface as createPrompt } from "node:readline/promises";
import { type MapConfig, UsageError } from "../../config/config.js";
import { authorityOf } from "../../http1/request-head.js";
import { sessionLabel } from "../../log/session-label.js";
import { partsOf, type Target, toolSession } from "../../route.js";
import { findSessionKeys } from "../../routing/cookie.js";
import type { Entry } from "../../session-map/map-list.js";
import { routeOfAddress } from "../../session-map/row.js";
import { newToken } from "../../session-map/tool-edit.js";
import { firstOf, print, printError } from "../command.js";
import { editorOf, type MapEditor } from "./map-editor.js";
import { mapEntries } from "./map-entries.js";
import { problemText } from "./map-problem.js";
import { judgeOf } from "./verdict.js";

export interface PruneOptions {
	readonly ended?: true;
	readonly dryRun?: true;
	readonly yes?: true;
}

/** RFC 6265 section 4.1.1: the characters of a cookie's value. */
const COOKIE_VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;
/** How many ended rows prune names. */
const NAMED = 10;
/** Rows that are removed under one lock of Galaxy's: this takes some milliseconds, so that no launch waits for it. */
const AT_A_TIME = 500;
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** routes add. @throws UsageError */
export async function add(
	config: MapConfig,
	source: string,
	place: string,
): Promise<number> {
	const route = routeOfAddress(place);
	if (route.kind !== "target")
		throw new UsageError(
			"the last argument is not HOST:PORT; give for example 172.17.0.1:32768 or [::1]:8888",
		);
	const { target } = route;
	const given = await readSession(config, source);
	const isTokenless = config.mode === "gxit" && partsOf(given).token === "";
	const key = isTokenless ? toolSession(partsOf(given).key, newToken()) : given;
	return change(config, async (editor) => {
		const isNew = await editor.add(key, target);
		if (isNew && config.mode !== "gxit")
			printError(
				`created ${config.sessions} in the form of Galaxy 17.05 and later. For an older Galaxy delete it, and start an environment first.`,
			);
		await warnIfRefused(config, target);
		print(`${nameOf(config, key)} leads to ${authorityOf(target)}`);
		if (isTokenless) print(`${config.proxyPathPrefix}/${key}/`);
		return 0;
	});
}

async function warnIfRefused(config: MapConfig, target: Target): Promise<void> {
	const judge = await judgeOf(config);
	const { state, reason } = await judge({ kind: "target", target });
	if (state === "refused")
		printError(
			`with these flags the proxy refuses ${authorityOf(target)}: ${reason}`,
		);
}

/** routes remove. @throws UsageError */
export async function remove(
	config: MapConfig,
	source: string,
): Promise<number> {
	const key = await readSession(config, source);
	const label = nameOf(config, key);
	return change(config, async (editor) => {
		const wasThere = await editor.remove(key);
		if (wasThere) print(`${label} is removed`);
		else
			printError(
				`${config.sessions} has no session ${label}: compare with galaxy-proxy routes`,
			);
		return wasThere ? 0 : 1;
	});
}

/** routes prune. @throws UsageError */
export async function prune(
	config: MapConfig,
	options: PruneOptions,
): Promise<number> {
	const { dryRun, yes } = options;
	if (!options.ended)
		throw new UsageError("routes prune removes only ended rows: add --ended");
	if (!dryRun && !yes && !process.stdin.isTTY)
		throw new UsageError(
			"routes prune asks before it removes rows, and there is no terminal to ask on: add --yes, or --dry-run to see how many there are",
		);
	return change(config, async (editor) => {
		const { ended, contested } = await refusedRows(config);
		print(summaryOf(ended, contested));
		if (ended.length === 0 || dryRun) return 0;
		if (!yes && !(await isConfirmed(ended.length, editor.signal))) {
			print("Nothing was removed.");
			return 0;
		}
		let removed = 0;
		for (let at = 0; at < ended.length; at += AT_A_TIME)
			removed += await editor.removeAsRead(ended.slice(at, at + AT_A_TIME));
		print(`${countOf(removed)} removed`);
		return 0;
	});
}

async function refusedRows(config: MapConfig) {
	const ended: Entry[] = [];
	let contested = 0;
	for await (const entries of mapEntries(config))
		for (const entry of entries) {
			if (entry.route.kind === "ended") ended.push(entry);
			if (entry.route.kind === "contested") contested++;
		}
	return { ended, contested };
}

function summaryOf(ended: readonly Entry[], contested: number): string {
	const labels = ended.map(({ key }) => sessionLabel(key));
	const names = labels.length > 0 ? `: sessions ${firstOf(labels, NAMED)}` : "";
	const first = `${countOf(ended.length)} ended${names}`;
	return contested === 0
		? first
		: `${first}\n${countOf(contested)} contested: if a container has ended, remove its row with galaxy-proxy routes remove -`;
}

async function isConfirmed(count: number, signal: AbortSignal) {
	const { stdin: input, stderr: output } = process;
	const prompt = createPrompt({ input, output });
	const question = `Remove ${countOf(count)}? [y/N] `;
	const answer = prompt.question(question, { signal });
	return /^y(es)?$/i.test((await answer.finally(() => prompt.close())).trim());
}

/** Until the work is done, signals end its waiting but not the process, because Galaxy's lock must be removed. */
async function change(
	config: MapConfig,
	work: (editor: MapEditor) => Promise<number>,
): Promise<number> {
	const ending = new AbortController();
	const { signal } = ending;
	const end = (name: NodeJS.Signals) => ending.abort(name);
	const onWait = (file: string) =>
		printError(`waiting for another program that has locked ${file}`);
	for (const name of SIGNALS) process.on(name, end);
	try {
		return await work(editorOf(config, { signal, onWait }));
	} catch (error) {
		printError(
			signal.aborted
				? `ended by ${signal.reason}: nothing was changed`
				: problemText(error),
		);
		return 1;
	} finally {
		for (const name of SIGNALS) process.off(name, end);
	}
}

/** A tool by its key, which is not secret; any other session by its label. */
function nameOf({ mode }: MapConfig, session: string): string {
	return mode === "gxit" ? partsOf(session).key : sessionLabel(session);
}

/** @throws UsageError */
function readSession(config: MapConfig, source: string): Promise<string> {
	return config.mode === "gxit" ? readTool(source) : readKey(config, source);
}

const TOOL = /^[A-Za-z0-9]{1,64}(\/[A-Za-z0-9]{1,128})?$/;

/**
 * A tool's key, or its session key in the first line of standard input.
 * @throws UsageError, which never repeats the input: it may contain a token
 */
async function readTool(source: string): Promise<string> {
	if (source !== "-" && !source.includes("/") && TOOL.test(source))
		return source;
	if (source !== "-")
		throw new UsageError(
			"a tool is named by its key, without its token, which is visible in the process list as an argument: give KEY, or - and KEY/TOKEN on standard input",
		);
	if (process.stdin.isTTY) process.stderr.write("KEY/TOKEN of the tool: ");
	const text = (await firstLine()).trim();
	if (TOOL.test(text)) return text;
	throw new UsageError(
		"standard input has no KEY/TOKEN in its first line: give the last two parts of the tool's path",
	);
}

/**
 * The session key of the cookie value in the first line of standard input, as the proxy would find it.
 * @throws UsageError, which never repeats the input: an argument in place of "-" may be the cookie
 */
async function readKey({ cookie }: MapConfig, source: string): Promise<string> {
	if (source !== "-")
		throw new UsageError(
			"the session's cookie is read from standard input, because arguments are visible in the process list: give - in its place",
		);
	if (process.stdin.isTTY)
		process.stderr.write(`Value of the cookie ${cookie}: `);
	const value = (await firstLine()).trim();
	const key = COOKIE_VALUE.test(value)
		? findSessionKeys(`${cookie}=${value}`, cookie).sessionKey
		: "";
	if (key !== "") return key;
	throw new UsageError(
		`standard input has no value of the cookie ${cookie} in its first line: give only the value, as the browser shows it, for example with: galaxy-proxy routes add - HOST:PORT < FILE`,
	);
}

async function firstLine(): Promise<string> {
	for await (const line of createInterface({ input: process.stdin }))
		return line;
	return "";
}

function countOf(rows: number): string {
	return rows === 1 ? "1 row" : `${rows} rows`;
}

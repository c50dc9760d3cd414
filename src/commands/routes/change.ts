import { type Config, configure, UsageError } from "../../config/config.js";
import { sessionLabel } from "../../log/session-label.js";
import { authorityOf, type Target } from "../../route.js";
import {
	addSession,
	type Edit,
	removeSession,
} from "../../session-map/map-edit.js";
import { routeOfAddress } from "../../session-map/row.js";
import type { Line } from "../command.js";
import { plainWords } from "./plain-words.js";
import { readSessionKey } from "./session-key.js";
import { judgeOf } from "./verdict.js";

/** Leads a session to a place. @throws UsageError */
export async function add(
	{ flags, surroundings }: Line,
	from: string,
	place: string,
): Promise<number> {
	const config = configure(flags, surroundings);
	const target = targetOf(place);
	mustBeInput(from);
	const key = await readSessionKey(config.cookie);
	return change(config, key, async (edit) => {
		const isNew = await addSession(edit, target);
		if (isNew) process.stderr.write(madeAnew(config.sessions));
		await warnIfRefused(config, target);
		process.stdout.write(
			`${sessionLabel(key)} leads to ${authorityOf(target)}\n`,
		);
		return 0;
	});
}

/** Takes a session out. @throws UsageError */
export async function remove(
	{ flags, surroundings }: Line,
	from: string,
): Promise<number> {
	const config = configure(flags, surroundings);
	mustBeInput(from);
	const key = await readSessionKey(config.cookie);
	return change(config, key, async (edit) => {
		const wasThere = await removeSession(edit);
		if (wasThere) process.stdout.write(`${sessionLabel(key)} is removed\n`);
		else
			process.stderr.write(
				`galaxy-proxy: ${config.sessions} has no session ${sessionLabel(key)}: compare with galaxy-proxy routes\n`,
			);
		return wasThere ? 0 : 1;
	});
}

function change(
	{ sessions: path }: Config,
	key: string,
	work: (edit: Edit) => Promise<number>,
): Promise<number> {
	return changeMap((signal) => work({ path, key, signal, onWait: sayWaiting }));
}

/** Until the work is over, signals abort what it waits for, but do not end the process: Galaxy's lock must go. */
export async function changeMap(
	work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
	const ended = new AbortController();
	const end = (name: NodeJS.Signals) => ended.abort(name);
	for (const name of SIGNALS) process.on(name, end);
	try {
		return await work(ended.signal);
	} catch (error) {
		const text = ended.signal.aborted
			? `ended by ${ended.signal.reason}: nothing was changed`
			: plainWords(error);
		process.stderr.write(`galaxy-proxy: ${text}\n`);
		return 1;
	} finally {
		for (const name of SIGNALS) process.off(name, end);
	}
}

export function sayWaiting(held: string): void {
	process.stderr.write(`galaxy-proxy: waiting for who holds ${held}\n`);
}

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

function targetOf(place: string): Target {
	const route = routeOfAddress(place);
	if (route.kind === "target") return route.target;
	throw new UsageError(
		"the last argument is not HOST:PORT; give for example 172.17.0.1:32768 or [::1]:8888",
	);
}

/** What was given instead may be the cookie: it is not repeated. */
function mustBeInput(from: string): void {
	if (from === "-") return;
	throw new UsageError(
		"the session's cookie is read from standard input, since an argument stands in the process list: give - in its place",
	);
}

function madeAnew(path: string): string {
	return `galaxy-proxy: made ${path} in the form of Galaxy 17.05 and later. For an older Galaxy delete it, and start an environment first.\n`;
}

async function warnIfRefused(config: Config, target: Target): Promise<void> {
	const judge = await judgeOf(config);
	const { state, reason } = await judge({ kind: "target", target });
	if (state === "refused")
		process.stderr.write(
			`galaxy-proxy: with these flags the proxy refuses ${authorityOf(target)}: ${reason}\n`,
		);
}

import { createInterface } from "node:readline/promises";
import { type Config, configure, UsageError } from "../../config/config.js";
import { sessionLabel } from "../../log/session-label.js";
import { removeRows } from "../../session-map/map-edit.js";
import { type Entry, entriesOf } from "../../session-map/map-list.js";
import type { Line } from "../command.js";
import { changeMap, sayWaiting } from "./change.js";

export interface PruneOptions {
	readonly ended?: true;
	readonly dryRun?: true;
	readonly yes?: true;
}

/** Ended rows that are named before they are taken out. */
const NAMED = 10;
/** Rows in one hold of Galaxy's lock: some milliseconds, so that no launch waits for it. */
const AT_A_TIME = 500;

/** Takes ended rows out of the map. @throws UsageError */
export async function prune(
	{ flags, surroundings }: Line,
	options: PruneOptions,
): Promise<number> {
	const config = configure(flags, surroundings);
	if (options.ended !== true)
		throw new UsageError(
			"routes prune takes out ended rows alone: add --ended",
		);
	const mayAsk = process.stdin.isTTY === true;
	if (options.dryRun !== true && options.yes !== true && !mayAsk)
		throw new UsageError(
			"routes prune asks before it removes rows, and there is no terminal to ask on: add --yes, or --dry-run to see how many there are",
		);
	return changeMap(async (signal) => {
		const { ended, contested } = await refusedRows(config);
		process.stdout.write(summaryOf(ended, contested));
		if (ended.length === 0 || options.dryRun === true) return 0;
		if (options.yes !== true && !(await isAgreed(ended.length, signal))) {
			process.stdout.write("Nothing was removed.\n");
			return 0;
		}
		const { sessions: path } = config;
		let removed = 0;
		for (let at = 0; at < ended.length; at += AT_A_TIME)
			removed += await removeRows(
				{ path, signal, onWait: sayWaiting },
				ended.slice(at, at + AT_A_TIME),
			);
		process.stdout.write(`${rowsInWords(removed)} removed\n`);
		return 0;
	});
}

async function refusedRows(
	config: Config,
): Promise<{ ended: Entry[]; contested: number }> {
	const ended: Entry[] = [];
	let contested = 0;
	const oneOwner = config.sameAddress === "newest";
	for await (const entries of entriesOf(config.sessions, oneOwner))
		for (const entry of entries) {
			if (entry.route.kind === "ended") ended.push(entry);
			if (entry.route.kind === "contested") contested++;
		}
	return { ended, contested };
}

function summaryOf(ended: readonly Entry[], contested: number): string {
	const named = ended.slice(0, NAMED).map(({ key }) => sessionLabel(key));
	const more = ended.length - named.length;
	const which =
		ended.length === 0
			? ""
			: `: sessions ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
	const stay =
		contested === 0
			? ""
			: `${rowsInWords(contested)} contested: take the dead ones out with galaxy-proxy routes remove -\n`;
	return `${rowsInWords(ended.length)} ended${which}\n${stay}`;
}

async function isAgreed(count: number, signal: AbortSignal): Promise<boolean> {
	const asking = createInterface({
		input: process.stdin,
		output: process.stderr,
	});
	try {
		const question = `Remove ${rowsInWords(count)}? [y/N] `;
		return /^y(es)?$/i.test(
			(await asking.question(question, { signal })).trim(),
		);
	} finally {
		asking.close();
	}
}

function rowsInWords(count: number): string {
	return count === 1 ? "1 row" : `${count} rows`;
}

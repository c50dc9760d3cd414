import type { MapConfig } from "../../config/config.js";
import type { Database } from "../../database.js";
import { sessionLabel } from "../../log/session-label.js";
import type { Mode } from "../../mode.js";
import { partsOf, type ToolNeeds } from "../../route.js";
import type { Entry } from "../../session-map/map-list.js";
import { firstOf, printError } from "../command.js";
import { closedIn } from "./closed-targets.js";
import { mapEntries, modeOf, withDatabase } from "./map-entries.js";
import { problemText } from "./map-problem.js";
import { type Judge, judgeOf, type Verdict } from "./verdict.js";

export const HEADS: Readonly<Record<Mode, string>> = {
	gie: "SESSION   STATE      TARGET\n",
	gxit: "KEY               SESSION   STATE      TARGET                 NEEDS\n",
};
/** The widths of columns for tools. */
const KEY = 16;
const TARGET = 21;
/** How many sessions at a contested address are named. */
const RIVALS = 5;

export interface ListOptions {
	readonly json?: true;
	/** Whether to connect to each target. */
	readonly connect?: true;
}

/** Lists the map on standard output, in batches, so that a million sessions need little memory. */
export async function list(
	config: MapConfig,
	{
		json: isJson = false,
		connect = false,
	}: Partial<Record<keyof ListOptions, boolean>>,
): Promise<number> {
	const judge = await judgeOf(config);
	// print() handles the error, but without a listener the event would end the process first.
	process.stdout.on("error", () => {});
	try {
		const mode = modeOf(config);
		const counts = new Map<string, number>();
		let head = isJson ? "" : HEADS[mode];
		for await (const entries of mapEntries(config)) {
			const verdicts = await verdictsOf(entries, judge);
			const all = connect
				? await closedIn(verdicts, config.connectTimeoutMs)
				: verdicts;
			const lines = entries.map((entry, index) =>
				lineOf(entry, all[index] as Verdict, mode, isJson),
			);
			for (const { state } of all)
				counts.set(state, (counts.get(state) ?? 0) + 1);
			await print(head + lines.join(""));
			head = "";
		}
		await print(head);
		if (config.database !== undefined && !isJson)
			await print(await summaryOf(config, config.database, counts));
		return 0;
	} catch (error) {
		// The reader has closed our output: `galaxy-proxy routes | head`.
		if ((error as NodeJS.ErrnoException).code === "EPIPE") return 0;
		printError(problemText(error));
		return 1;
	}
}

/** The table's size, and its rows that are of no use, which nobody removes but prune. */
async function summaryOf(
	{ mapAllowStandby: allowStandby }: MapConfig,
	database: Database,
	counts: ReadonlyMap<string, number>,
): Promise<string> {
	const { sizeOf } = await import(
		"../../session-map/postgres/database-list.js"
	);
	const { count, size } = await withDatabase(database, sizeOf, {
		allowStandby,
	});
	const rows = count === 1 ? "1 row" : `${count} rows`;
	const useless = ["ended", "contested", "closed"]
		.filter((state) => state !== "closed" || counts.has(state))
		.map((state) => `${counts.get(state) ?? 0} ${state}`);
	return `\n${rows}, ${size} with indexes: ${useless.join(", ")}\n`;
}

/** One per entry. */
export async function linesOf(
	entries: readonly Entry[],
	judge: Judge,
	mode: Mode,
	isJson: boolean,
): Promise<readonly string[]> {
	const verdicts = await verdictsOf(entries, judge);
	return entries.map((entry, index) =>
		lineOf(entry, verdicts[index] as Verdict, mode, isJson),
	);
}

async function verdictsOf(
	entries: readonly Entry[],
	judge: Judge,
): Promise<readonly Verdict[]> {
	const verdicts: Verdict[] = [];
	for (const { route } of entries) {
		const judged = judge(route);
		// A promise for each of a million sessions would cost more than all the rest.
		verdicts.push(judged instanceof Promise ? await judged : judged);
	}
	return verdicts;
}

function lineOf(
	entry: Entry,
	verdict: Verdict,
	mode: Mode,
	isJson: boolean,
): string {
	const { key, rivals = [] } = entry;
	const { state, target } = verdict;
	const reason = reasonOf(verdict, rivals);
	const session = sessionLabel(key);
	if (isJson)
		return `${JSON.stringify({
			...(mode === "gxit" && toolFields(entry)),
			session,
			state,
			target: target || undefined,
			reason: reason || undefined,
		})}\n`;
	if (mode === "gxit") return toolLine(entry, { ...verdict, reason });
	return `${session}  ${state.padEnd(9)}  ${target || "-"}${reason && `  (${reason})`}\n`;
}

/** Its token is shown nowhere. */
function toolFields({ key, route }: Entry) {
	const tool = route.kind === "target" ? route.tool : undefined;
	return { key: partsOf(key).key, needs: tool && needsOf(tool) };
}

function toolLine(entry: Entry, { state, target, reason }: Verdict): string {
	const { key, needs = "-" } = toolFields(entry);
	const columns = [
		key.padEnd(KEY),
		sessionLabel(entry.key),
		state.padEnd(9),
		(target || "-").padEnd(TARGET),
		`${needs}${reason && `  (${reason})`}`,
	];
	return `${columns.join("  ")}\n`;
}

function needsOf({ pathInUrl, pathHeader }: ToolNeeds): string {
	const url = pathInUrl ? ["path in URL"] : [];
	const header = pathHeader === undefined ? [] : [`path in ${pathHeader}`];
	return [...url, ...header].join(", ");
}

function reasonOf({ state, reason }: Verdict, rivals: readonly string[]) {
	if (rivals.length === 0) return reason;
	const named = firstOf(rivals, RIVALS);
	return state === "ended"
		? `session ${named} has its address now`
		: `the same address as ${named}`;
}

/** Resolves when the system has accepted the text. @throws the system's error */
export function print(text: string): Promise<void> {
	return new Promise((resolve, reject) => {
		process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
	});
}

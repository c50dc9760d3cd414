import type { MapConfig } from "../../config/config.js";
import { sessionLabel } from "../../log/session-label.js";
import type { Mode } from "../../mode.js";
import { partsOf, type ToolNeeds } from "../../route.js";
import { type Entry, entriesOf } from "../../session-map/map-list.js";
import { firstOf, printError } from "../command.js";
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

/** Lists the map on standard output, in batches, so that a million sessions need little memory. */
export async function list(
	config: MapConfig,
	isJson: boolean,
): Promise<number> {
	const judge = await judgeOf(config);
	// print() handles the error, but without a listener the event would end the process first.
	process.stdout.on("error", () => {});
	try {
		const mode = config.mode === "gxit" ? "gxit" : "gie";
		let head = isJson ? "" : HEADS[mode];
		const oneOwner = config.sameAddress === "newest";
		for await (const entries of entriesOf(config.sessions, oneOwner, mode)) {
			const lines = await linesOf(entries, judge, mode, isJson);
			await print(head + lines.join(""));
			head = "";
		}
		await print(head);
		return 0;
	} catch (error) {
		// The reader has closed our output: `galaxy-proxy routes | head`.
		if ((error as NodeJS.ErrnoException).code === "EPIPE") return 0;
		printError(problemText(error));
		return 1;
	}
}

/** One per entry. */
export async function linesOf(
	entries: readonly Entry[],
	judge: Judge,
	mode: Mode,
	isJson: boolean,
): Promise<readonly string[]> {
	const lines: string[] = [];
	for (const entry of entries) {
		const { key, route, rivals = [] } = entry;
		const judged = judge(route);
		// A promise for each of a million sessions would cost more than all the rest.
		const verdict = judged instanceof Promise ? await judged : judged;
		const { state, target } = verdict;
		const reason = reasonOf(verdict, rivals);
		const session = sessionLabel(key);
		if (mode === "gxit" && !isJson)
			lines.push(toolLine(entry, { ...verdict, reason }));
		else if (isJson)
			lines.push(
				`${JSON.stringify({
					...(mode === "gxit" && toolFields(entry)),
					session,
					state,
					target: target || undefined,
					reason: reason || undefined,
				})}\n`,
			);
		else
			lines.push(
				`${session}  ${state.padEnd(9)}  ${target || "-"}${reason && `  (${reason})`}\n`,
			);
	}
	return lines;
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

import { configure } from "../../config/config.js";
import { sessionLabel } from "../../log/session-label.js";
import { type Entry, entriesOf } from "../../session-map/map-list.js";
import type { Line } from "../command.js";
import { plainWords } from "./plain-words.js";
import { type Judge, judgeOf, type Verdict } from "./verdict.js";

/** Lists the map on standard output, in parts, so that a million sessions need no memory. */
export async function list(
	{ flags, surroundings }: Line,
	json: boolean,
): Promise<number> {
	const config = configure(flags, surroundings);
	const judge = await judgeOf(config);
	const shown = json ? asJson : asText;
	process.stdout.on("error", heardByPrint);
	try {
		let head = json ? "" : HEAD;
		const oneOwner = config.sameAddress === "newest";
		for await (const entries of entriesOf(config.sessions, oneOwner)) {
			await print(head + (await linesOf(entries, judge, shown)));
			head = "";
		}
		await print(head);
		return 0;
	} catch (error) {
		// Who reads has seen enough: `galaxy-proxy routes | head`.
		if (isBrokenPipe(error)) return 0;
		process.stderr.write(`galaxy-proxy: ${plainWords(error)}\n`);
		return 1;
	}
}

async function linesOf(
	entries: readonly Entry[],
	judge: Judge,
	shown: (session: string, verdict: Verdict) => string,
): Promise<string> {
	let lines = "";
	for (const { key, route, rivals } of entries) {
		const judged = judge(route);
		// A promise for each of a million sessions would cost more than all the rest.
		const found = judged instanceof Promise ? await judged : judged;
		const verdict = withRivals(found, rivals);
		lines += `${shown(sessionLabel(key), verdict)}\n`;
	}
	return lines;
}

/** Whose row leads to the address as well. */
function withRivals(verdict: Verdict, rivals: Entry["rivals"] = []): Verdict {
	if (rivals.length === 0) return verdict;
	const shown = rivals.slice(0, RIVALS).join(", ");
	const more =
		rivals.length > RIVALS ? ` and ${rivals.length - RIVALS} more` : "";
	const reason =
		verdict.state === "ended"
			? `session ${shown} has its address now`
			: `the same address as ${shown}${more}`;
	return { ...verdict, reason };
}

/** Sessions of one contested address that are named. */
const RIVALS = 5;

const HEAD = "SESSION   STATE      TARGET\n";

function asText(session: string, { state, target, reason }: Verdict): string {
	const why = reason === "" ? "" : `  (${reason})`;
	return `${session}  ${state.padEnd(9)}  ${target || "-"}${why}`;
}

/** Without what is empty. */
function asJson(session: string, { state, target, reason }: Verdict): string {
	return JSON.stringify({
		session,
		state,
		target: target || undefined,
		reason: reason || undefined,
	});
}

/** Resolves when the system has taken the text. @throws the system's error */
function print(text: string): Promise<void> {
	return new Promise((resolve, reject) => {
		process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
	});
}

/** The write's callback is told as well; without a listener the event would end the process first. */
function heardByPrint(): void {}

function isBrokenPipe(error: unknown): boolean {
	return error instanceof Error && "code" in error && error.code === "EPIPE";
}

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../support/folders.js";
import { drawing } from "./picture.js";
import type { Soaked } from "./run-soak.js";
import type { Verdict } from "./samples.js";

const DOCUMENT = join(repository, "docs", "performance.md");
const PICTURE = join(repository, "docs", "soak.svg");
const BEGIN = "<!-- soak: figures, written by test/soak -->";
const END = "<!-- soak: end -->";

/** Puts the picture and the figures into docs/. @throws where docs/performance.md has lost its marks */
export function record(soaked: Soaked, verdict: Verdict): void {
	const { samples, quiet } = soaked;
	writeFileSync(PICTURE, drawing(samples, quiet, verdict.warmSeconds));
	const text = readFileSync(DOCUMENT, "utf8");
	const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
	if (begin < 0 || end < begin)
		throw new Error(
			`put the lines "${BEGIN}" and "${END}" back into docs/performance.md`,
		);
	const figures = `\n\n${figuresOf(soaked, verdict)}\n\n`;
	writeFileSync(
		DOCUMENT,
		text.slice(0, begin + BEGIN.length) + figures + text.slice(end),
	);
}

/** Two Markdown tables. */
export function figuresOf(soaked: Soaked, verdict: Verdict): string {
	const { tally, samples, loadCpuSeconds, faults } = soaked;
	const last = samples.at(-1);
	const seconds = last?.seconds ?? 0;
	const share = (cpu: number): string =>
		`${Math.round((cpu / seconds) * 100)} % of a core`;
	const asked = Object.entries(tally.counts).map(
		([kind, { right, refused, left }]) => [kind, right, refused, left],
	);
	return [
		table(
			["", "first third", "last third", "last / first"],
			[
				growth("resident memory, median", verdict.rss),
				growth("heap in use, median", verdict.heapUsed),
			],
		),
		table(
			["", ""],
			[
				["descriptors in each pause", verdict.descriptors.join(", ")],
				["wrong answers", tally.wrong],
				["internal faults", faults],
				["time", `${Math.round(seconds)} s, Node ${process.versions.node}`],
				["daemon", share(last?.cpuSeconds ?? 0)],
				["clients and containers", share(loadCpuSeconds)],
			],
		),
		table(
			["request", "right", "refused, as expected", "ended by the client"],
			asked,
		),
	].join("\n\n");
}

function growth(what: string, { first, last }: Verdict["rss"]): string[] {
	const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
	return [what, megabytes(first), megabytes(last), (last / first).toFixed(3)];
}

type Cells = readonly (string | number)[];

function table(head: Cells, rows: readonly Cells[]): string {
	const line = (cells: Cells): string => `| ${cells.join(" | ")} |`;
	return [head, head.map(() => "---"), ...rows].map(line).join("\n");
}

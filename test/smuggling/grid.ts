import type { Case } from "./corpus.js";
import type { Outcome, Pair } from "./judge.js";

export interface Result {
	readonly pair: Pair;
	readonly each: Case;
	readonly outcome: Outcome;
}

const ORDER: readonly Outcome[] = ["R", "=", "~", "B", "X", "H", "S"];

/** The results as Markdown tables: a row for each class and a column for each pair, then the notable results. */
export function gridOf(
	results: readonly Result[],
	pairs: readonly Pair[],
): string {
	const groups = [...new Set(results.map(({ each }) => each.group))];
	const columns = pairs.map(
		({ proxy, container }) => `${proxy} > ${container}`,
	);
	const cells = (of: readonly Result[]) =>
		pairs.map((pair) => counted(of.filter((one) => one.pair === pair)));
	const rows = groups.map((group) => [
		group,
		...cells(results.filter(({ each }) => each.group === group)),
	]);
	return [
		...table(["class", ...columns], [...rows, ["all", ...cells(results)]]),
		"",
		...table(["what", "proxy > container", "requests"], notable(results)),
	].join("\n");
}

/** "R4 =2": how many of each outcome. */
function counted(results: readonly Result[]): string {
	const counts = ORDER.map((letter) => {
		const { length } = results.filter(({ outcome }) => outcome === letter);
		return length > 0 ? `${letter}${length}` : "";
	});
	return counts.filter((each) => each !== "").join(" ");
}

/** Every split, hang and refusal by a container, and every change by ours. */
function notable(results: readonly Result[]): string[][] {
	const bad = results.filter(
		({ outcome, pair }) =>
			"SHXB".includes(outcome) || (outcome === "~" && pair.proxy === "ours"),
	);
	const byPair = new Map<string, string[]>();
	for (const { outcome, pair, each } of bad) {
		const key = `${outcome}|${pair.proxy} > ${pair.container}`;
		const names = byPair.get(key) ?? [];
		byPair.set(key, [...names, `${each.group}: ${inCode(each.name)}`]);
	}
	return [...byPair]
		.sort(([one], [other]) => (one < other ? -1 : 1))
		.map(([key, names]) => [...key.split("|"), names.join("; ")]);
}

/** Escapes the bytes that a page cannot show, and bars, which end a table's cell. */
function inCode(name: string): string {
	if (!name.startsWith('"')) return name;
	const text = name.replace(
		/[^ -~]|\\u00(?=..)/g,
		(byte) =>
			`\\x${byte.length > 1 ? "" : byte.charCodeAt(0).toString(16).padStart(2, "0")}`,
	);
	return `\`${text.replaceAll("|", "\\|")}\``;
}

function table(head: string[], rows: string[][]): string[] {
	return [head, head.map(() => "---"), ...rows].map(
		(cells) => `| ${cells.join(" | ")} |`,
	);
}

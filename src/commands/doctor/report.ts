import type { Finding, Verdict } from "./finding.js";

/** Columns of the verdict and of the name. */
const VERDICT_WIDTH = 11;
const NAME_WIDTH = 17;

/** Lines for people: a finding each, what to do about it below. */
export function linesOf(findings: readonly Finding[]): string {
	const lines = findings.flatMap(({ name, verdict, what, remedy }) => {
		const head = verdict.padEnd(VERDICT_WIDTH) + name.padEnd(NAME_WIDTH);
		const line = `${head}${printable(what)}`;
		if (remedy === "") return [line];
		return [line, `${" ".repeat(VERDICT_WIDTH)}-> ${printable(remedy)}`];
	});
	return `${[...lines, "", counted(findings)].join("\n")}\n`;
}

export function jsonOf(findings: readonly Finding[], version: string): string {
	return `${JSON.stringify({ version, verdict: worst(findings), findings }, null, "\t")}\n`;
}

function worst(findings: readonly Finding[]): Verdict {
	const has = (verdict: Verdict) =>
		findings.some((finding) => finding.verdict === verdict);
	if (has("wrong")) return "wrong";
	return has("doubtful") ? "doubtful" : "good";
}

function counted(findings: readonly Finding[]): string {
	const verdicts: Verdict[] = ["good", "doubtful", "wrong", "unchecked"];
	const counts = verdicts.map((verdict) => {
		const all = findings.filter((finding) => finding.verdict === verdict);
		return `${all.length} ${verdict}`;
	});
	return counts.join(", ");
}

/** What others sent must not steer the admin's terminal. */
function printable(text: string): string {
	return text.replace(/\p{Cc}+/gu, " ");
}

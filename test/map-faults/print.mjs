// Runs the tests of this folder and prints what they measured as a table; with --record it is written into
// docs/troubleshoot.md:
//   npm run test:map-faults -- --record
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const top = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const document = join(top, "docs", "troubleshoot.md");
const BEGIN = "<!-- map faults: written by npm run test:map-faults -->";
const END = "<!-- map faults: end -->";

/** The sessions' answers before the damage. */
const OLD = new Set(["abc A", "moves B", "leaves A"]);

const run = spawnSync(
	process.execPath,
	[join(top, "test", "run.mjs"), "map-faults/"],
	{ encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
);
const rows = run.stdout
	.split("\n")
	.filter((line) => /^\s*\S+ \| /.test(line))
	.map((line) => row(line.slice(line.indexOf("|"))))
	.sort();
const text = [
	"| fault | answers during the fault | new routes after | lines in the log |",
	"| --- | --- | --- | --- |",
	...rows,
].join("\n");
console.log(text);
if (run.status !== 0) {
	console.error(run.stdout);
	process.exit(1);
}
if (process.argv.includes("--record")) record();

/** Of a test's line: | fault | "abc 20 A, moves 3 B, ..., slowest 12 ms" | time | states |. */
function row(line) {
	const [, fault, tally, after, states = ""] = line
		.split("|")
		.map((part) => part.trim());
	return `| ${[fault, answers(tally), after || "", lines(states)].join(" | ")} |`;
}

function answers(tally) {
	let right = 0;
	let hasChanged = false;
	let neverSeen = "";
	let slowest = "";
	for (const part of tally.split(", ")) {
		const [session, count, answer] = part.split(" ");
		if (session === "slowest") slowest = `, ${part}`;
		else if (session !== "comes") {
			right += Number(count);
			hasChanged ||= !OLD.has(`${session} ${answer}`);
		} else if (answer === "503")
			neverSeen = "; unknown sessions: waited, then 503";
	}
	const what = hasChanged ? "the current route" : "the last good route";
	return `${right} times ${what}${slowest}${neverSeen}`;
}

function lines(states) {
	const all = states.split(",").filter(Boolean);
	if (all.length < 3) return all.join(", ") || "none";
	return `${all.filter((state) => state === "unreadable").length} times unreadable, readable`;
}

function record() {
	const [before, rest] = readFileSync(document, "utf8").split(BEGIN);
	const after = rest?.split(END)[1];
	if (after === undefined)
		throw new Error(`put the lines ${BEGIN} and ${END} back into ${document}`);
	writeFileSync(document, `${before}${BEGIN}\n\n${text}\n\n${END}${after}`);
}

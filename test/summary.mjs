// Reporter of test/run.mjs: each failure in full as it happens, then one line per folder and Node's own totals.
import { relative, sep } from "node:path";
import { inspect } from "node:util";

const COMPILED = ["build", "test"].join(sep);

/** A folder's counts. Times are milliseconds, summed over tests, of which three files run at once. */
const newCounts = () => ({ passed: 0, failed: 0, skipped: 0, ms: 0 });

export default async function* summary(events) {
	const totals = [];
	const folders = new Map();
	for await (const { type, data } of events) {
		if (type === "test:stderr") yield data.message;
		if (type === "test:diagnostic" && data.nesting === 0)
			totals.push(`ℹ ${data.message}\n`);
		if (type !== "test:pass" && type !== "test:fail") continue;
		if (data.details.type === "suite") continue;
		const file = sourceOf(data.file ?? data.name);
		const folder = file.includes(sep) ? file.split(sep)[0] : ".";
		const counts = folders.get(folder) ?? newCounts();
		folders.set(folder, counts);
		counts.ms += data.details.duration_ms;
		if (data.skip !== undefined) counts.skipped++;
		else if (type === "test:pass") counts.passed++;
		else {
			counts.failed++;
			yield failureText(file, data);
		}
	}
	yield table(folders) + totals.join("");
}

function failureText(file, { name, details }) {
	const { error } = details;
	return `\nFAILED test/${file}\n  ${name}\n${inspect(error.cause ?? error)}\n`;
}

function table(folders) {
	const rows = [...folders].sort(([a], [b]) => a.localeCompare(b));
	const lines = rows.map(([name, counts]) => line(name, counts));
	return `\n${line("folder")}${lines.join("")}`;
}

function line(name, counts) {
	const cells = counts
		? [
				counts.passed,
				counts.failed,
				counts.skipped,
				(counts.ms / 1000).toFixed(1),
			]
		: ["passed", "failed", "skipped", "seconds"];
	return `${name.padEnd(16)}${cells.map((cell) => `${cell}`.padStart(9)).join("")}\n`;
}

/** Path of the source below test/, of a compiled test. */
function sourceOf(file) {
	return relative(COMPILED, file).replace(/\.js$/, ".ts");
}

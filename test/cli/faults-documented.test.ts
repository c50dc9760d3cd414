import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULTS } from "../../src/faults.js";
import { read } from "../support/folders.js";

test("docs/troubleshoot.md lists every fault as it is answered, with its remedy, and no other", () => {
	const docs = read("docs/troubleshoot.md");
	const chapter = docs.split("\n## Faults\n")[1] ?? "";
	const rows = (chapter.split("\n## ")[0] ?? "")
		.split("\n")
		.filter((line) => line.startsWith("| `"))
		.map((line) => line.slice(1, -1).split("|"))
		.map((cells) => cells.map((cell) => cell.trim()));
	const expected = Object.entries(FAULTS).map(
		([code, { status, text, remedy }]) => [
			`\`${code}\``,
			String(status),
			text.trim(),
			remedy,
		],
	);
	assert.deepEqual(rows, expected);
});

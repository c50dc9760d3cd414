import assert from "node:assert/strict";
import { test } from "node:test";
import { CASES } from "../e2e/support/peer/cases.js";
import { read } from "../support/folders.js";

test("each measured case is in docs/compatibility-tools.md, the same or different as it is tested", () => {
	const rows = read("docs/compatibility-tools.md").matchAll(
		/^\| (\d+) \|.*\| (same|different)\b[^|]* \|$/gm,
	);
	const documented = [...rows].map(([, number, verdict]) => [
		Number(number),
		verdict,
	]);
	const tested = CASES.map(({ number, ours, skip }) => [
		number,
		ours === undefined && skip === undefined ? "same" : "different",
	]);
	assert.deepEqual(documented, tested);
	assert.deepEqual(
		tested.map(([number]) => number),
		Array.from({ length: 70 }, (_, index) => index + 1),
	);
});

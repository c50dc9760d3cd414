import assert from "node:assert/strict";
import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Output, openToAppend } from "../../src/log/output.js";
import { fill, smallDisk } from "../support/small-disk.js";

const LINE = `${JSON.stringify({ msg: "x".repeat(1_000) })}\n`;
const OTHER = `${JSON.stringify({ msg: "of another worker" })}\n`;

// When the disk was full, a worker had written the beginning of a line; once there was room another worker's line followed it.
test("a line that does not fit on the disk is removed until there is room", async (t) => {
	const disk = smallDisk(t);
	if (disk === undefined) return;
	const file = join(disk, "proxy.log");
	appendFileSync(file, OTHER);
	const filler = fill(disk);
	const output = new Output(
		() => openToAppend(file),
		() => undefined,
	);
	for (let n = 0; n < 10; n++) output.write(LINE);
	// It resolves too once a write has failed.
	await output.close();
	rmSync(filler);
	appendFileSync(file, OTHER);
	await output.close();
	const text = readFileSync(file, "utf8");
	assert.equal(text.replaceAll(OTHER, ""), LINE.repeat(10));
	assert.equal(text.split(OTHER).length, 3);
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { pipe, reported, startLogging } from "./program.js";

const O_NONBLOCK = 0o4000;

test("Galaxy's own standard output, which we inherit, stays as it was", {
	skip: process.platform !== "linux" && "flags are read from /proc",
}, async (t) => {
	const { writer } = pipe(t);
	const code = `
		const log = await openLog(toStdout);
		log.info({}, "hello");
		report("logged");
		process.once("message", () => process.exit(0));`;
	await reported(startLogging(t, code, writer));
	const flags = /^flags:\s*(\d+)$/m.exec(
		readFileSync(`/proc/self/fdinfo/${writer}`, "utf8"),
	);
	assert.equal(Number.parseInt(flags?.[1] ?? "", 8) & O_NONBLOCK, 0);
});

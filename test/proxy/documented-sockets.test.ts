import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ONE_PROCESS } from "../support/workers.js";

const PRELOAD = new URL("../support/documented-sockets.js", import.meta.url);

/** The tests of a client's connection that depend on how it is read. */
const TESTS = `
	proxy/backpressure proxy/early-answer proxy/http10-client proxy/pipelining proxy/request-framing
	proxy/waiting-bytes proxy/waiting-for-the-proxy proxy/tunnel/both-ways proxy/tunnel/first-bytes
	proxy/tunnel/endings regressions/stalled-client
`
	.trim()
	.split(/\s+/);

/** Runs these tests where accepted connections cannot be read into buffers. */
function runByEvents(names: readonly string[]) {
	const files = names.map((name) =>
		fileURLToPath(new URL(`../${name}.test.js`, import.meta.url)),
	);
	const { NODE_TEST_CONTEXT: _, ...env } = process.env;
	return spawnSync(
		process.execPath,
		["--import", PRELOAD.href, "--test", ...files],
		{ env, encoding: "utf8", timeout: 280_000 },
	);
}

test("if accepted connections cannot be read into buffers, everything works by events", {
	skip: ONE_PROCESS,
}, () => {
	const run = runByEvents(TESTS);
	assert.equal(run.status, 0, run.stdout);
});

test("and they are read by events", { skip: ONE_PROCESS }, () => {
	const run = runByEvents(["proxy/read-into-buffers"]);
	assert.match(run.stdout, /1 !== 0/);
});

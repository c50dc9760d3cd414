import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Log, openLog } from "../../src/log/log.js";
import { sessionLabel } from "../../src/log/session-label.js";
import { scratchFolder } from "../support/folders.js";

interface Wanted {
	level?: string;
	verbose?: boolean;
}

/** The records that `use` leaves in the file. */
async function logged(t: TestContext, use: (log: Log) => void, wanted: Wanted) {
	const file = join(scratchFolder(t), "proxy.log");
	const options = { level: "info", verbose: false, ...wanted, file };
	const log = await openLog(options);
	use(log);
	await log.close();
	const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
	return lines.map((line) => JSON.parse(line));
}

function eachLevel(log: Log): void {
	log.debug({}, "debug");
	log.info({}, "info");
	log.warn({}, "warn");
	log.error({}, "error");
}

test("a line is JSON with time, level, message and the fields", async (t) => {
	const use = (log: Log) => log.warn({ port: 8800, path: "/ä\n" }, "note");
	const [record] = await logged(t, use, {});
	const { time, pid, ...rest } = record;
	assert.equal(new Date(time).toISOString(), time);
	assert.equal(pid, process.pid);
	assert.deepEqual(rest, {
		level: "warn",
		msg: "note",
		port: 8800,
		path: "/ä\n",
	});
});

test("an error is logged with its stack", async (t) => {
	const use = (log: Log) => log.error({ err: new Error("boom") }, "fault");
	const [record] = await logged(t, use, {});
	assert.match(record.err.stack, /Error: boom\n\s+at use/);
});

test("--log-level applies, and --verbose shows at least info", async (t) => {
	const shown = async (wanted: Wanted) =>
		(await logged(t, eachLevel, wanted)).map((record) => record.msg).join(" ");
	assert.equal(await shown({ level: "debug" }), "debug info warn error");
	assert.equal(await shown({ level: "info" }), "info warn error");
	assert.equal(await shown({ level: "error" }), "error");
	assert.equal(
		await shown({ level: "error", verbose: true }),
		"info warn error",
	);
	assert.equal(
		await shown({ level: "debug", verbose: true }),
		"debug info warn error",
	);
});

test("the label of a tool shows nothing of its token", () => {
	const label = sessionLabel("2q5ty1w7u8a/1234567890");
	assert.equal(label, sessionLabel("2q5ty1w7u8a"));
	assert.notEqual(label, sessionLabel("2q5ty1w7u8b/1234567890"));
});

test("a session is the first 8 hex digits of its key's SHA-256, even if the key itself was passed", async (t) => {
	const key = "5f8a3d0c9b";
	const hash = createHash("sha256").update(key).digest("hex");
	assert.equal(sessionLabel(key), hash.slice(0, 8));
	const use = (log: Log) => log.info({ sessionKey: key, status: 200 }, "end");
	const [{ session, status, sessionKey }] = await logged(t, use, {});
	assert.deepEqual(
		[session, status, sessionKey],
		[hash.slice(0, 8), 200, undefined],
	);
});

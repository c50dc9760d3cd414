import assert from "node:assert/strict";
import { test } from "node:test";
import { type Log, rateLimited } from "../../src/log/log.js";

function recorded(): { log: Log; lines: [string, object, string][] } {
	const lines: [string, object, string][] = [];
	const keep = (level: string) => (fields: object, message: string) => {
		lines.push([level, fields, message]);
	};
	const log: Log = {
		debug: keep("debug"),
		info: keep("info"),
		warn: keep("warn"),
		error: keep("error"),
		verbose: () => {},
		reopen: () => {},
		dropped: () => 0,
		close: async () => {},
	};
	return { log, lines };
}

test("the same fault is logged a limited number of times a minute, then one line gives the number of the rest", (t) => {
	t.mock.timers.enable({ apis: ["setTimeout"] });
	const { log, lines } = recorded();
	const limited = rateLimited(log, 2);
	for (let n = 1; n <= 5; n++) limited.warn({ n }, "no answer");
	limited.warn({}, "another");
	limited.info({}, "not a fault");
	const first = [
		["warn", { n: 1 }, "no answer"],
		["warn", { n: 2 }, "no answer"],
		["warn", {}, "another"],
		["info", {}, "not a fault"],
	];
	assert.deepEqual(lines, first);

	t.mock.timers.tick(60_000);
	const summary = ["warn", { repeated: 3 }, "no answer (repeated)"];
	assert.deepEqual(lines, [...first, summary]);

	limited.warn({ n: 6 }, "no answer");
	t.mock.timers.tick(60_000);
	const next = ["warn", { n: 6 }, "no answer"];
	assert.deepEqual(lines, [...first, summary, next]);
});

test("repeated lines are counted when the log closes", async () => {
	const { log, lines } = recorded();
	const limited = rateLimited(log, 1);
	limited.error({}, "boom");
	limited.error({}, "boom");
	await limited.close();
	assert.deepEqual(lines.at(-1), ["error", { repeated: 1 }, "boom (repeated)"]);
});

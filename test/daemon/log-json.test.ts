import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";

/** In a path: what would break a line or JSON if it were written as it is. */
const ODD = '/"\\\xc3\xa9\xc2\x85\xef\xbf\xbf{}';

test("every line of the output is one JSON object with time, level, pid and message", async (t) => {
	const daemon = await startDaemon(t, { args: ["--verbose"] });
	let text = "";
	daemon.child.stdout.on("data", (chunk: string) => {
		text += chunk;
	});
	const client = await connect(t, daemon.port);
	await client.send(request(`GET ${ODD}`)).response();
	await client.send("\0\0\r\n\r\n").response();
	client.end();
	assert.equal(await daemon.stop(), 0);
	assert.ok(text.endsWith("\n"));
	const lines = text
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line));
	for (const { time, level, pid, msg } of lines) {
		assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
		assert.match(level, /^(info|warn|error)$/);
		assert.deepEqual([pid, typeof msg], [daemon.pid, "string"]);
	}
	const paths = lines.filter(({ msg }) => msg === "exchange");
	assert.deepEqual(
		paths.map(({ path }) => path),
		[ODD, ""],
	);
	assert.equal(lines.at(-1).msg, "stopped");
});

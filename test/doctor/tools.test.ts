import assert from "node:assert/strict";
import { test } from "node:test";
import { runCli } from "../cli/run-cli.js";
import { KEY, startToolMap, TOKEN } from "../support/tools.js";

test("a map of tools is read as one, and --probe writes nothing into it", async (t) => {
	const map = startToolMap(t);
	await map.put(KEY, TOKEN, "127.0.0.1", 1);
	const args = ["--probe", "--url", "http://127.0.0.1:1/", "--port", "1"];
	const line = ["doctor", "--sessions", map.path, ...args];
	for (const round of ["before", "after"]) {
		const { stdout } = await runCli(line);
		assert.match(stdout, /^good +map +.*gxitproxy, 1 row$/m, round);
		assert.match(stdout, /^unchecked +probe +for Interactive Tools /m);
	}
});

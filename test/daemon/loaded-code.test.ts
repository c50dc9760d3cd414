import assert from "node:assert/strict";
import { relative } from "node:path";
import { type TestContext, test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { repository } from "../support/folders.js";
import { ONE_PROCESS } from "../support/workers.js";

/** Runs in the daemon before lib/main.js: at its end it writes the paths of its modules to standard error. */
const LISTS_MODULES = `
import Module from "node:module";
process.on("exit", () => console.error(Object.keys(Module._cache).join("\\n")));`;

/** Code for settings that the daemon does not have. A start that loads it takes longer, and more memory. */
const NOT_NEEDED =
	/^dist\/(supervisor|commands\/(?!command\.js|active-settings\.js)|admin\/|owner-check|config\/(cpus|database|galaxy(?!-flags)|configparser)|daemon\/(worker|standby|inner-proxy|undecided-map)|session-map\/postgres)|^node_modules\/(pg|yaml|prom-client)\b/;

test("a daemon with a SQLite map loads no code for PostgreSQL, workers, Galaxy's file or commands", {
	skip: ONE_PROCESS,
}, async (t) => {
	const loaded = await modulesOfDaemon(t);
	assert.ok(loaded.includes("dist/proxy/exchange.js"), loaded.join(" "));
	assert.deepEqual(
		loaded.filter((path) => NOT_NEEDED.test(path)),
		[],
	);
});

/** Those of a daemon that has served a request, relative to the repository. */
async function modulesOfDaemon(t: TestContext): Promise<string[]> {
	const container = await startAnswering(t);
	const url = `data:text/javascript,${encodeURIComponent(LISTS_MODULES)}`;
	const env = { NODE_OPTIONS: `--import=${url}` };
	const daemon = await startDaemon(t, { sessions: { abc: container }, env });
	assert.equal((await ask(t, daemon, request("GET /"))).text, "ok");
	await daemon.stop();
	return daemon.stderr.split("\n").map((path) => relative(repository, path));
}

import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startGroup } from "../support/group.js";
import { copyInstallation } from "../support/installation.js";

test("a rolling restart stops at the first new worker that does not get ready, the others go on, the next one replaces all", async (t) => {
	const { script } = copyInstallation(t);
	const sessions = { abc: await startAnswering(t) };
	const group = await startGroup(t, { sessions, script });
	const { daemon } = group;
	const before = [group.pidOf(1), group.pidOf(2)];
	const code = join(script, "../../dist/daemon/daemon.js");
	const good = readFileSync(code, "utf8");
	appendFileSync(code, "\nthrow new Error('an incomplete installation');\n");

	daemon.child.kill("SIGUSR2");
	const line = await daemon.logged(({ msg = "" }) =>
		msg.startsWith("rolling restart stopped"),
	);
	assert.equal(line.worker, 1);
	assert.equal(line.code, 1);
	assert.match(String(line.msg), /send SIGUSR2 again/);
	assert.deepEqual([group.pidOf(1), group.pidOf(2)], before);
	assert.equal((await ask(t, group, request("GET /"))).text, "ok");

	writeFileSync(code, good);
	daemon.child.kill("SIGUSR2");
	await daemon.logged(({ msg }) => msg === "rolling restart done");
	const after = [group.pidOf(1), group.pidOf(2)];
	assert.equal(new Set([...before, ...after]).size, 4);
	assert.equal((await ask(t, group, request("GET /"))).text, "ok");
});

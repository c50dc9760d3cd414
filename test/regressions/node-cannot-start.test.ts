import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { repository, scratchFolder } from "../support/folders.js";
import { startGroup } from "../support/group.js";

const isFailure = ({ msg = "" }) =>
	msg.startsWith("a worker could not be started");

// Under a limit of processes a fork may succeed, and Node then gets no thread: it aborts, or waits for ever. The first counted as
// a death, so that the daemon ended although other workers served; the second left a slot empty for a minute.
for (const [fault, reason, how] of [
	["aborts", "Node ended with SIGABRT at its start", "process.abort()"],
	["hangs", "Node hung at its start", "while (isLimited());"],
] as const)
	test(`if Node ${fault} in new workers, the others go on, and it is tried again`, async (t) => {
		const folder = scratchFolder(t);
		const [script, limit] = [join(folder, "main.js"), join(folder, "limit")];
		const main = JSON.stringify(join(repository, "lib", "main.js"));
		writeFileSync(
			script,
			`const isLimited = () => require("fs").existsSync(${JSON.stringify(limit)});
			if (process.env.GALAXY_PROXY_WORKER && isLimited()) ${how}
			require(${main});`,
		);
		const sessions = { abc: await startAnswering(t) };
		const group = await startGroup(t, { sessions, script });
		const { daemon } = group;
		const [pid, spare] = [group.pidOf(1), await group.spare()];
		writeFileSync(limit, "");
		// Its place is not needed until the limit is over: another spare follows after ten seconds.
		process.kill(spare, "SIGKILL");
		await daemon.logged(({ msg = "" }) => msg.startsWith("the spare worker"));
		process.kill(pid, "SIGKILL");
		// One that hangs is killed after as long as a single wait may take.
		const line = await daemon
			.logged(isFailure)
			.catch(() => daemon.logged(isFailure));
		assert.equal(line.reason, reason);
		assert.equal((await ask(t, group, request("GET /"))).text, "ok");
		rmSync(limit);
		await group.successorOf(pid);
		assert.equal(daemon.lines.filter(isFailure).length, 1);
		assert.equal(await daemon.stop(), 0);
	});

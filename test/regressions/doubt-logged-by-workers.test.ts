import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { toolSession } from "../../src/route.js";
import {
	askTool,
	openTool,
	startToolContainer,
	TOKEN,
} from "../same-address/tools-shared.js";
import { startGroup } from "../support/group.js";
import { startToolMap } from "../support/tools.js";
import { withAlone } from "../workers/everywhere.js";

// A worker that heard of the connection after it had read the row logged nothing, unless the map changed once more.
test("a worker logs that a new row has the address of a tool that another worker is connected to", async (t) => {
	const container = await startToolContainer(t);
	const map = startToolMap(t);
	await map.put("victim", TOKEN, container.host, container.port);
	const args = ["--mode", "gxit"];
	const group = await startGroup(t, { map: map.path, args });
	const { daemon } = group;
	await withAlone(group, 1, () => openTool(t, daemon, "victim"));
	await withAlone(group, 2, async () => {
		await map.put("thief", TOKEN, "localhost", container.port);
		assert.equal((await askTool(t, daemon, "thief")).status, 502);
	});
	const line = await daemon.logged(
		({ msg, pid }) =>
			msg?.startsWith("a new row leads to the address") === true &&
			pid === group.pidOf(2),
	);
	assert.equal(line.session, sessionLabel(toolSession("thief", TOKEN)));
	assert.equal(line.other, sessionLabel(toolSession("victim", TOKEN)));
});

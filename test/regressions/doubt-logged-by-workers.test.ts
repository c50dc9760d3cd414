import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { toolSession } from "../../src/route.js";
import { TOKEN } from "../same-address/tools-shared.js";
import { withAlone } from "../workers/everywhere.js";
import { startToolsGroup } from "../workers/tools-group.js";

// A worker that heard of the connection after it had read the row logged nothing, unless the map changed once more.
test("a worker logs that a new row has the address of a tool that another worker is connected to", async (t) => {
	const site = await startToolsGroup(t, "victim");
	const { container, map, group, status, open } = site;
	await withAlone(group, 1, () => open("victim"));
	await withAlone(group, 2, async () => {
		await map.put("thief", TOKEN, "localhost", container.port);
		assert.equal(await status("thief"), 502);
	});
	const line = await group.daemon.logged(
		({ msg, pid }) =>
			msg?.startsWith("a new row leads to the address") === true &&
			pid === group.pidOf(2),
	);
	assert.equal(line.session, sessionLabel(toolSession("thief", TOKEN)));
	assert.equal(line.other, sessionLabel(toolSession("victim", TOKEN)));
});

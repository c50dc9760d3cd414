import assert from "node:assert/strict";
import { test } from "node:test";
import {
	askTool,
	startToolContainer,
	TOKEN,
} from "../same-address/tools-shared.js";
import { startGroup } from "../support/group.js";
import { startToolMap } from "../support/tools.js";
import { withFirstAlone } from "../workers/everywhere.js";

// Until the other workers had said that they have no connection to the older row's container, that row's requests went there,
// though Docker had given the address to the tool of the younger row.
test("a request for the older row of an address waits for the other workers' answers", async (t) => {
	const container = await startToolContainer(t);
	const map = startToolMap(t);
	await map.put("older", TOKEN, "127.0.0.1", container.port);
	const args = ["--mode", "gxit"];
	const group = await startGroup(t, { map: map.path, args });
	await map.put("younger", TOKEN, "127.0.0.1", container.port);
	const asked = await withFirstAlone(group, async () => {
		const answer = askTool(t, group.daemon, "older");
		// The worker accepts this one after it has read the other's request.
		await askTool(t, group.daemon, "unknown");
		return [answer];
	});
	const [answer] = await Promise.all(asked);
	assert.equal(answer?.status, 502);
	assert.equal((await askTool(t, group.daemon, "younger")).status, 200);
});

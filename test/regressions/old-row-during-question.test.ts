import assert from "node:assert/strict";
import { test } from "node:test";
import { TOKEN } from "../same-address/tools-shared.js";
import { withFirstAlone } from "../workers/everywhere.js";
import { startToolsGroup } from "../workers/tools-group.js";

// Until the other workers had said that they have no connection to the older row's container, that row's requests went there,
// though Docker had given the address to the tool of the younger row.
test("a request for the older row of an address waits for the other workers' answers", async (t) => {
	const site = await startToolsGroup(t, "older");
	const { container, map, group, ask, status } = site;
	await map.put("younger", TOKEN, container.host, container.port);
	const asked = await withFirstAlone(group, async () => {
		const answer = ask("older");
		// The worker accepts this one after it has read the other's request.
		await ask("unknown");
		return [answer];
	});
	const [answer] = await Promise.all(asked);
	assert.equal(answer?.status, 502);
	assert.equal(await status("younger"), 200);
});

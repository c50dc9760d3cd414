import assert from "node:assert/strict";
import { test } from "node:test";
import {
	askTool,
	openTool,
	SWITCHED,
	TOKEN,
} from "../same-address/tools-shared.js";
import { values } from "../support/client.js";
import { OK, startBackend } from "../support/container.js";
import { freePort } from "../support/free-port.js";
import { startGroup } from "../support/group.js";
import { startToolMap } from "../support/tools.js";
import { expectEverywhere, withAlone, withFirstAlone } from "./everywhere.js";

test("a page opened through one worker does not prove the container that another worker found gone", async (t) => {
	// Between the two containers nobody else is given their port.
	const ownPort = await freePort();
	const start = () =>
		startBackend(
			t,
			async (connection) => {
				for (;;) {
					const { headers } = await connection.request();
					const isUpgrade = values(headers, "Upgrade").length > 0;
					connection.send(isUpgrade ? SWITCHED : OK);
				}
			},
			{ port: ownPort },
		);
	const former = await start();
	const { host, port } = former;
	const map = startToolMap(t);
	await map.put("anna", TOKEN, host, port);
	await former.kill();
	const args = ["--mode", "gxit"];
	const group = await startGroup(t, { map: map.path, args });
	const ask = async (key: string) =>
		(await askTool(t, group.daemon, key)).status;
	assert.equal(await withFirstAlone(group, () => ask("anna")), 502);

	await start();
	const page = await withAlone(group, 2, () =>
		openTool(t, group.daemon, "anna"),
	);
	await map.put("ben", TOKEN, host, port);
	while ((await ask("ben")) !== 200);
	await page.closed;
	await expectEverywhere(() => ask("ben"), 200, "the later row");
	await expectEverywhere(() => ask("anna"), 502, "the row that was there");
});

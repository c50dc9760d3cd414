import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, upgrade } from "../support/client.js";
import { startReusingChain, targetsOf } from "./attack.js";

const FOREIGN = anonymous("GET /smuggled");
const REFUSAL =
	"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n";

// 0ang3el/websocket-smuggle: a proxy that takes any answer for a 101 lets requests without a session through.
for (const together of [true, false])
	test(`an upgrade refused with 426 opens no tunnel (websocket-smuggle), the next request ${together ? "in the same packet" : "after the answer"}`, async (t) => {
		const { client, container } = await startReusingChain(t, {
			answer: REFUSAL,
		});
		client.send(
			upgrade("/ws").replace("Version: 13", "Version: 777") +
				(together ? FOREIGN : ""),
		);
		const refused = await client.response();
		assert.equal(refused.status, 426);
		assert.deepEqual(refused.headers, [
			["Sec-WebSocket-Version", "13"],
			["Content-Length", "0"],
			["Connection", "close"],
		]);
		if (!together) client.send(FOREIGN);
		assert.equal(await client.closed, "end");
		assert.equal(client.received.match(/HTTP\/1\.1 \d/g)?.length, 1);
		assert.deepEqual(targetsOf(container.requests), ["/ws"]);
		for (const { received } of container.connections)
			assert.ok(!received.includes("/smuggled"));
	});

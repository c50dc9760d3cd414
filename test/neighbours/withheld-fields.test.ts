import assert from "node:assert/strict";
import { test } from "node:test";
import { request, UPGRADE } from "../support/client.js";
import { startChain } from "../support/proxy.js";

const WITHHELD = [
	..."REMOTE_USER Remote-User remote_user X-Remote-User".split(" "),
	..."X_REMOTE_USER x-remote_user GX_SECRET Gx-Secret".split(" "),
	..."X-GX-SECRET X_GX_SECRET x-gx_secret".split(" "),
];

/** Similar names and values, and spellings that must not change. */
const PASSED = [
	...["Remote-Users: 1", "Remote-User-Agent: 2", "X-X-Remote-User: 3"],
	...["HTTP_REMOTE_USER: 4", "X-Secret: REMOTE_USER"],
	...["gx-secrets:   5\t", "X_Under_score: a_b"],
	...["Authorization: Basic dTpw", "authorization: Bearer abc"],
	"X-Latin: \xfc\xe9",
];

for (const more of [[], UPGRADE])
	test(`the user's identity is withheld, in ${more.length > 0 ? "upgrades" : "requests"}, and all other fields pass byte for byte`, async (t) => {
		const { client, container } = await startChain(t);
		const withheld = WITHHELD.map((name) => `${name}: eve@example.org`);
		const mixed = PASSED.flatMap((line, i) => [withheld[i] ?? "", line]);
		const lines = [...mixed, ...withheld].filter((line) => line !== "");
		await client.send(request("GET /", ...lines, ...more)).response();
		const text = container.connections[0]?.received ?? "";
		assert.ok(!text.includes("eve@example.org"), text);
		assert.ok(text.includes(`\r\n${PASSED.join("\r\n")}\r\n`), text);
	});

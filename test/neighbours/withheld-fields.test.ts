import assert from "node:assert/strict";
import { test } from "node:test";
import { startAnswering } from "../support/answering.js";
import { startProxy } from "../support/proxy.js";
import { connect } from "../support/raw-client.js";
import { request, UPGRADE } from "../support/request-text.js";

const WITHHELD = [
	"REMOTE_USER",
	"Remote-User",
	"remote_user",
	"X-Remote-User",
	"X_REMOTE_USER",
	"x-remote_user",
	"GX_SECRET",
	"Gx-Secret",
	"X-GX-SECRET",
	"X_GX_SECRET",
	"x-gx_secret",
];

/** Names that look like it, values that look like it, and spellings that must stay as they came. */
const PASSED = [
	"Remote-Users: 1",
	"Remote-User-Agent: 2",
	"X-X-Remote-User: 3",
	"HTTP_REMOTE_USER: 4",
	"X-Secret: REMOTE_USER",
	"gx-secrets:   5\t",
	"X_Under_score: a_b",
	"Authorization: Basic dTpw",
	"authorization: Bearer abc",
	"X-Latin: \xfc\xe9",
];

for (const more of [[], UPGRADE])
	test(`who a user is to Galaxy stays here, in ${more.length > 0 ? "upgrades" : "requests"}, and all else passes byte for byte`, async (t) => {
		const container = await startAnswering(t);
		const { port } = await startProxy(t, { abc: container });
		const withheld = WITHHELD.map((name) => `${name}: eve@example.org`);
		const mixed = PASSED.flatMap((line, i) => [withheld[i] ?? "", line]);
		const lines = [...mixed, ...withheld].filter((line) => line !== "");
		const client = await connect(t, port);
		await client.send(request("GET /", ...lines, ...more)).response();
		const text = container.connections[0]?.received ?? "";
		assert.ok(!text.includes("eve@example.org"), text);
		assert.ok(text.includes(`\r\n${PASSED.join("\r\n")}\r\n`), text);
	});

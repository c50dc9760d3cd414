import assert from "node:assert/strict";
import { test } from "node:test";
import { startAnswering } from "../support/answering.js";
import { startProxy } from "../support/proxy.js";
import { connect } from "../support/raw-client.js";
import { request } from "../support/request-text.js";

const WITHHELD = [
	"Remote-User",
	"REMOTE_USER",
	"x-remote_user",
	"GX_SECRET",
	"X-Gx-Secret",
];

test("who a user is to Galaxy does not reach a container behind the body either", async (t) => {
	const container = await startAnswering(t);
	const { port } = await startProxy(t, { abc: container });
	const client = await connect(t, port);
	const trailers = WITHHELD.map((name) => `${name}: eve\r\n`).join("");
	await client
		.send(
			`${request("POST /", "Transfer-Encoding: chunked")}1\r\na\r\n0\r\n${trailers}X-Checksum: 1\r\n\r\n`,
		)
		.response();
	const { body, trailers: came } = await container.request(0);
	assert.equal(body.toString(), "a");
	assert.deepEqual(came, [["X-Checksum", "1"]]);
});

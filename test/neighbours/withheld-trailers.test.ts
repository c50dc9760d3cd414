import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startAnswering } from "../support/answering.js";
import { type StartOptions, startProxy } from "../support/proxy.js";
import { connect } from "../support/raw-client.js";
import { head, request } from "../support/request-text.js";

const WITHHELD = [
	"Remote-User",
	"REMOTE_USER",
	"x-remote_user",
	"GX_SECRET",
	"X-Gx-Secret",
];

/** What a container gets of these trailers. */
async function passed(
	t: TestContext,
	trailers: readonly string[],
	flags: StartOptions = {},
): Promise<[name: string, value: string][]> {
	const container = await startAnswering(t);
	const { port } = await startProxy(t, { abc: container }, flags);
	const client = await connect(t, port);
	const first = request("POST /", "Transfer-Encoding: chunked");
	client.send(`${first}1\r\na\r\n0\r\n${head(...trailers)}`);
	await client.response();
	const { body, trailers: came } = await container.request(0);
	assert.equal(body.toString(), "a");
	return came;
}

test("who a user is to Galaxy does not reach a container behind the body either", async (t) => {
	const trailers = WITHHELD.map((name) => `${name}: eve`);
	const came = await passed(t, [...trailers, "X-Checksum: 1"]);
	assert.deepEqual(came, [["X-Checksum", "1"]]);
});

test("nor does what --withhold names", async (t) => {
	const flags = { withhold: ["X-Api-Key", "oidc_*"] };
	const trailers = ["X_API_KEY: 1", "OIDC-Claim-Sub: 2", "X-Checksum: 3"];
	const came = await passed(t, trailers, flags);
	assert.deepEqual(came, [["X-Checksum", "3"]]);
});

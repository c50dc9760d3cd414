import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { head, request } from "../support/client.js";
import { type StartOptions, startChain } from "../support/proxy.js";

const WITHHELD = [
	...["Remote-User", "REMOTE_USER", "x-remote_user", "GX_SECRET"],
	"X-Gx-Secret",
];

/** The trailers that the container receives. */
async function passed(
	t: TestContext,
	trailers: readonly string[],
	flags: StartOptions = {},
): Promise<[name: string, value: string][]> {
	const { client, container } = await startChain(t, flags);
	const first = request("POST /", "Transfer-Encoding: chunked");
	client.send(`${first}1\r\na\r\n0\r\n${head(...trailers)}`);
	await client.response();
	const { body, trailers: came } = await container.request(0);
	assert.equal(body.toString(), "a");
	return came;
}

test("the user's identity is withheld from trailers too", async (t) => {
	const trailers = WITHHELD.map((name) => `${name}: eve`);
	const came = await passed(t, [...trailers, "X-Checksum: 1"]);
	assert.deepEqual(came, [["X-Checksum", "1"]]);
});

test("so are the fields that --withhold names", async (t) => {
	const flags = { withhold: ["X-Api-Key", "oidc_*"] };
	const trailers = ["X_API_KEY: 1", "OIDC-Claim-Sub: 2", "X-Checksum: 3"];
	const came = await passed(t, trailers, flags);
	assert.deepEqual(came, [["X-Checksum", "3"]]);
});

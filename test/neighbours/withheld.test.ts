import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { anonymous, head, request, UPGRADE } from "../support/client.js";
import { type StartOptions, startChain } from "../support/proxy.js";

const WITHHELD = [
	..."REMOTE_USER Remote-User remote_user X-Remote-User".split(" "),
	..."X_REMOTE_USER x-remote_user GX_SECRET Gx-Secret".split(" "),
	..."X-GX-SECRET X_GX_SECRET x-gx_secret X-Gx-Secret".split(" "),
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

const SINGLE_SIGN_ON = [
	..."_shibsession_64656661=_a1 _shibstate_1=2 MOD_AUTH_CAS=y".split(" "),
	..."mod_auth_openidc_session=x mod_auth_openidc_session_0=x".split(" "),
	..."MOD_AUTH_CAS_S=y _oauth2_proxy=z _oauth2_proxy_csrf=z".split(" "),
];

/** Cookie lines as sent and as forwarded; undefined where the line is dropped. */
const LINES: [sent: string, left?: string][] = [
	["Cookie: galaxysession=abc"],
	...SINGLE_SIGN_ON.map((pair): [string] => [`Cookie: ${pair}`]),
	[`cookie: ${SINGLE_SIGN_ON.join(";")}`],
	["Cookie: a=1; _shibsession_1=2; b=3", "Cookie: a=1; b=3"],
	['COOKIE: _oauth2_proxy=1;a="x y";;b', 'COOKIE: a="x y";;b'],
	["Cookie:\tb =  1 ;_shibstate_ = 2;c=\xe9", "Cookie: b =  1 ;c=\xe9"],
	["Cookie:  a=_shibsession_1 ;  b=1;", "Cookie:  a=_shibsession_1 ;  b=1;"],
	["Cookie: _Shibsession_1=1", "Cookie: _Shibsession_1=1"],
	["Cookie: x_oauth2_proxy=1", "Cookie: x_oauth2_proxy=1"],
	["Cookie: mod_auth_cas=1", "Cookie: mod_auth_cas=1"],
];

for (const more of [[], UPGRADE])
	test(`cookies of single sign-on are withheld, in ${more.length > 0 ? "upgrades" : "requests"}, and the bytes of the others are unchanged`, async (t) => {
		const { client, container } = await startChain(t);
		const sent = LINES.map(([line]) => line);
		await client.send(anonymous("GET /", ...sent, ...more)).response();
		const head = container.connections[0]?.received.split("\r\n") ?? [];
		const came = head.filter((line) => /^cookie/i.test(line));
		const left = LINES.flatMap(([, line]) => line ?? []);
		assert.deepEqual(came, left);
	});

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

test("the fields that --withhold names are withheld from trailers too", async (t) => {
	const flags = { withhold: ["X-Api-Key", "oidc_*"] };
	const trailers = ["X_API_KEY: 1", "OIDC-Claim-Sub: 2", "X-Checksum: 3"];
	const came = await passed(t, trailers, flags);
	assert.deepEqual(came, [["X-Checksum", "3"]]);
});

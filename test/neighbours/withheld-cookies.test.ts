import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, UPGRADE } from "../support/client.js";
import { startChain } from "../support/proxy.js";

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

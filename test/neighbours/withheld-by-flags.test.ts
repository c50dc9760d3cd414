import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { galaxyFolder } from "../config/galaxy-folder.js";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";

/** The lines that the container receives from a daemon with these flags and this galaxy.yml. */
async function passed(
	t: TestContext,
	lines: readonly string[],
	flags: readonly string[],
	galaxy = "",
): Promise<string[]> {
	const container = await startAnswering(t);
	const folder = galaxyFolder(t, { "galaxy.yml": `galaxy:\n${galaxy}` });
	const config = galaxy === "" ? [] : ["--config", `${folder}/galaxy.yml`];
	const args = [...config, "--proxy-prefix", "", ...flags];
	const daemon = await startDaemon(t, { sessions: { abc: container }, args });
	await ask(t, daemon, request("GET /", ...lines));
	const text = container.connections[0]?.received ?? "";
	return lines.filter((line) => text.includes(`\r\n${line}\r\n`));
}

const BASIC = "Authorization: Basic dTpw";
const BEARER = "Authorization: Bearer abc";

type Case = [
	...[what: string, flags: string[], galaxy: string],
	...[withheld: string[], passes: string[]],
];

const CASES: Case[] = [
	[
		"--withhold names fields, in any case and with a star",
		["--withhold", "X-Api-Key,oidc_claim_*"],
		"",
		["x-api-key: 1", "X_API_KEY: 2", "OIDC_CLAIM_sub: 3", "oidc-claim-x: 4"],
		["X-Api-Keys: 5", "OIDC: 6"],
	],
	[
		"--withhold names cookies, in their case",
		["--withhold", "theme*,lang"],
		"",
		["Cookie: theme=1", "Cookie: themes=2; lang=3"],
		["Cookie: Theme=4", "Cookie: langs=5; a=6"],
	],
	[
		"--withhold Authorization applies to every scheme",
		["--withhold", "Authorization"],
		"",
		[BASIC, BEARER],
		[],
	],
	[
		"--forward-field forwards a field again, and no other",
		["--forward-field", "Remote_User,_shibsession_*"],
		"",
		["X-Remote-User: 1", "GX_SECRET: 2", "Cookie: MOD_AUTH_CAS=3"],
		["REMOTE_USER: 4", "remote-user: 5", "Cookie: _shibsession_1=6"],
	],
	[
		"the name in remote_user_header is withheld",
		[],
		"  remote_user_header: HTTP_X_SSO_Login\n",
		["X-SSO-Login: 1", "x_sso_login: 2", "REMOTE_USER: 3"],
		["X-SSO: 4", BASIC],
	],
	[
		"it is added to the names in --withhold",
		["--withhold", "X-Api-Key"],
		"  remote_user_header: HTTP_SSO\n",
		["SSO: 1", "X-Api-Key: 2"],
		[],
	],
	["--withhold-basic", ["--withhold-basic"], "", [BASIC], [BEARER]],
	[
		"--withhold-basic whatever the scheme's case",
		["--withhold-basic"],
		"",
		["authorization: bAsIc dTpw", "Authorization: BASIC"],
		["Authorization: Basically x"],
	],
	["use_remote_user", [], "  use_remote_user: true\n", [BASIC], [BEARER]],
	["use_remote_user off", [], "  use_remote_user: no\n", [], [BASIC, BEARER]],
	[
		"use_remote_user, where --forward-field forwards it again",
		["--forward-field", "Authorization"],
		"  use_remote_user: true\n",
		[],
		[BASIC, BEARER],
	],
];

for (const [what, flags, galaxy, withheld, passes] of CASES)
	test(what, async (t) => {
		const lines = [...withheld, ...passes];
		assert.deepEqual(await passed(t, lines, flags, galaxy), passes);
	});

import assert from "node:assert/strict";
import { test } from "node:test";
import { PRINT } from "../../src/commands/front/front.js";
import type { System } from "../../src/commands/front/front-settings.js";
import type { Given } from "../../src/config/config.js";
import { runCli } from "../cli/run-cli.js";

const surroundings = { env: {}, cwd: "/srv" };
const KINDS = ["nginx", "apache", "haproxy", "caddy", "traefik"] as const;

function printed(kind: (typeof KINDS)[number], flags: Given, system?: System) {
	const line = {
		flags: { port: "8800", admin: "127.0.0.1:8801", ...flags },
		surroundings,
	};
	return PRINT[kind](system ? { for: system } : {}, line);
}

for (const kind of KINDS)
	test(`front ${kind} is for the system of --for, else of the mode`, () => {
		const tools = printed(kind, {}, "tools");
		const environments = printed(kind, {}, "environments");
		assert.match(tools, /\/interactivetool\/ep/);
		assert.doesNotMatch(tools, /gie_proxy/);
		assert.match(environments, /\/gie_proxy/);
		assert.doesNotMatch(environments, /interactivetool/);
		assert.equal(printed(kind, {}), environments);
		assert.equal(printed(kind, { mode: "gxit" }), tools);
		assert.equal(printed(kind, { mode: "gxit" }, "environments"), environments);
		assert.equal(printed(kind, { mode: "gie" }, "tools"), tools);
	});

test("the unit of --for tools says the mode", () => {
	const flags = { sessions: "/srv/map.sqlite" };
	const options = { for: "tools", user: "galaxy" } as const;
	const text = PRINT.systemd(options, { flags, surroundings });
	assert.match(text, /^ExecStart=.* --mode gxit( |$)/m);
});

test("a flag of the other system, or another word, is refused", async () => {
	for (const [words, message] of [
		["--for tools --port 8000", /give the daemon's, usually --port 4002,/],
		["--for tools --proxy-prefix /a", /--proxy-prefix is for environments/],
		["--for environments --check-owner", /--check-owner is for tools/],
		["--for everything", /Allowed choices are tools, environments/],
	] as const) {
		const { code, stdout, stderr } = await runCli(
			`front nginx --port 8800 ${words}`.split(" "),
		);
		assert.deepEqual([code, stdout], [2, ""]);
		assert.match(stderr, message);
	}
});

test("each file lists the names that the certificate needs", () => {
	for (const kind of KINDS)
		assert.match(
			PRINT[kind](
				{ for: "tools", serverName: "galaxy.example.org" },
				{ flags: { port: "8800", admin: "127.0.0.1:8801" }, surroundings },
			),
			/^# {3}galaxy\.example\.org\n# {3}\*\.ep\.interactivetool\.galaxy\.example\.org$/m,
		);
});

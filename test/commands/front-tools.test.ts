import assert from "node:assert/strict";
import { test } from "node:test";
import { unitSettings } from "../../src/commands/front/unit-settings.js";
import type { Given, ProgramName } from "../../src/config/config.js";

function argsOf(flags: Given, program: ProgramName = "galaxy-proxy") {
	const surroundings = { env: {}, cwd: "/srv", program };
	const { args } = unitSettings({ user: "galaxy" }, { flags, surroundings });
	return args.join(" ");
}

test("a unit of gx-it-proxy says the mode, since it runs lib/main.js", () => {
	assert.equal(
		argsOf({ sessions: "a.sqlite" }, "gx-it-proxy"),
		"--mode gxit --sessions /srv/a.sqlite --ip localhost --port 8000",
	);
});

test("a unit for tools has the flags in the peer's form, and absolute paths", () => {
	assert.equal(
		argsOf({
			sessions: "a.sqlite",
			mode: "gxit",
			proxyPathPrefix: "/it/ep",
			forwardIp: "10.0.0.5",
		}),
		"--sessions /srv/a.sqlite --ip localhost --port 8000 --mode gxit --proxyPathPrefix /it/ep --forwardIP 10.0.0.5",
	);
});

test("a unit for environments has no mode", () => {
	assert.ok(!argsOf({ sessions: "session_map.sqlite" }).includes("--mode"));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { as, ask, request, upgrade } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { startGalaxyMap } from "../support/session-map.js";
import { startShared } from "./shared.js";

const FORMS = [
	["HTTP", request("GET /")],
	["an upgrade", upgrade()],
] as const;

for (const [what, text] of FORMS)
	test(`${what} of a session whose address another one has taken gets 502`, async (t) => {
		const args = ["--verbose"];
		const { daemon, container, take } = await startShared(t, { args });
		await take();
		const answer = await ask(t, daemon, text);
		assert.equal(answer.status, 502);
		assert.match(answer.text, /^This environment has ended/);
		assert.equal(container.connections.length, 0);
		await daemon.logged(({ cause }) => cause === "ended");
		const others = await ask(t, daemon, as("other", request("GET /")));
		assert.equal(others.status, 200);
	});

for (const [what, text] of FORMS)
	test(`${what} of a session whose address is contested gets 502`, async (t) => {
		const container = await startAnswering(t);
		const { host, port } = container;
		const galaxy = startGalaxyMap(t, "map.json");
		await galaxy.put("abc", host, port, ["first"]);
		await galaxy.put("other", host, port, ["second"]);
		const daemon = await startDaemon(t, {
			map: galaxy.path,
			args: ["--verbose"],
		});
		const answer = await ask(t, daemon, text);
		assert.equal(answer.status, 502);
		assert.match(answer.text, /may belong to another one/);
		assert.equal(container.connections.length, 0);
		await daemon.logged(({ cause }) => cause === "contested");
	});

test("with --same-address any all sessions of an address are served", async (t) => {
	const args = ["--same-address", "any"];
	const { daemon, take } = await startShared(t, { args });
	await take();
	for (const session of ["abc", "other"]) {
		const { status } = await ask(t, daemon, as(session, request("GET /")));
		assert.equal(status, 200);
	}
});

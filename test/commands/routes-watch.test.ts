import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { repository, scratchFolder } from "../support/folders.js";
import { startGalaxyMap } from "../support/session-map.js";
import { startToolMap } from "../support/tools.js";
import { RunningRoutes, routes } from "./routes.js";

const TOKEN = "s3cr3tt0k3n";
const TIME = "\\n\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";

/** A line that says so of a session; `columns` as in the list. */
function change(what: string, columns: string): RegExp {
	const text = columns.replace(/[.[\]()]/g, "\\$&");
	return new RegExp(`${TIME}  ${what.padEnd(8)}  ${text} *\\n`);
}

for (const signal of ["SIGINT", "SIGTERM"] as const)
	test(`the list of environments is followed by each change, until ${signal}`, async (t) => {
		const galaxy = startGalaxyMap(t);
		await galaxy.put("first", null, -8888);
		const watching = new RunningRoutes(t, galaxy, ["watch"]);
		const [first, second] = ["first", "second"].map(sessionLabel);
		await watching.says(new RegExp(`TARGET\n${first}  not ready  -\n`));
		assert.equal(watching.said, (await routes(galaxy)).stdout);

		await galaxy.put("first", "10.0.0.1", 81);
		await watching.says(change("changed", `${first}  ready      10.0.0.1:81`));
		await galaxy.put("second", "10.0.0.2", 82);
		await watching.says(
			change("appeared", `${second}  ready      10.0.0.2:82`),
		);
		await galaxy.remove("first");
		await watching.says(change("gone", `${first}  ready      10.0.0.1:81`));

		watching.child.kill(signal);
		assert.equal(await watching.code(), 0);
		assert.equal(watching.said.trimEnd().split("\n").length, 5);
		assert.doesNotMatch(watching.said, /\b(first|second)\b/);
	});

test("tools have the list's columns, a replaced token is another session, and no token is shown", async (t) => {
	const map = startToolMap(t);
	await map.put("anna", TOKEN, "10.0.0.1", 81);
	const script = join(repository, "bin", "gx-it-proxy.js");
	const watching = new RunningRoutes(t, map, ["watch"], script);
	await watching.says(/NEEDS\nanna .* ready .* 10\.0\.0\.1:81 .*\n/);
	assert.equal(watching.said, (await routes(map)).stdout);

	const columns = (target: string) =>
		`anna              ${sessionLabel(`anna/${TOKEN}`)}  ready      ${target.padEnd(21)}  -`;
	await map.put("anna", TOKEN, "10.0.0.2", 82);
	await watching.says(change("changed", columns("10.0.0.2:82")));
	await map.put("anna", `new${TOKEN}`, "10.0.0.2", 82);
	await watching.says(change("gone", columns("10.0.0.2:82")));
	await watching.says(change("appeared", columns("10.0.0.2:82")));
	watching.child.kill("SIGTERM");
	assert.equal(await watching.code(), 0);
	assert.ok(!watching.said.includes(TOKEN));
});

test("with --json each line is an object, before and after the map's first table decides the mode", async (t) => {
	const map = startToolMap(t);
	const watching = new RunningRoutes(t, map, ["watch", "--json"]);
	await watching.says(/^galaxy-proxy: .*(does not exist|no table).*\n/);
	await map.put("anna", TOKEN, "10.0.0.1", 81);
	await watching.says(/"10\.0\.0\.1:81"}\n/);
	await map.put("anna", TOKEN, "manual", 81);
	await watching.says(/"elsewhere"}\n/);
	await map.remove("anna");
	await watching.says(/"gone".*\n/);
	const [row, ...changes] = watching.said
		.split("\n")
		.filter((line) => line.startsWith("{"))
		.map((line) => JSON.parse(line));
	const session = sessionLabel(`anna/${TOKEN}`);
	const elsewhere = { key: "anna", session, state: "elsewhere" };
	assert.equal(row.time, undefined);
	assert.deepEqual(
		[row.key, row.session, row.state],
		["anna", session, "ready"],
	);
	assert.deepEqual(
		changes.map(({ time, ...rest }) => [
			new Date(time).toISOString() === time,
			rest,
		]),
		[
			[true, { change: "changed", ...elsewhere }],
			[true, { change: "gone", ...elsewhere }],
		],
	);
	assert.ok(!watching.said.includes(TOKEN));
});

test("a map that cannot be read for a while is said in one line, and no session is gone meanwhile", async (t) => {
	const galaxy = startGalaxyMap(t);
	await galaxy.put("stays", "10.0.0.1", 81);
	const watching = new RunningRoutes(t, galaxy, ["watch"]);
	await watching.says(/10\.0\.0\.1:81\n/);
	const away = join(scratchFolder(t), "away.sqlite");
	renameSync(galaxy.path, away);
	await watching.says(/\ngalaxy-proxy: .* does not exist.*\n/);
	writeFileSync(galaxy.path, "garbage".repeat(99));
	await watching.says(/\ngalaxy-proxy: .* is damaged.*\n/);
	renameSync(away, galaxy.path);
	await watching.says(/\ngalaxy-proxy: .* can be read now\n/);
	await galaxy.put("later", "10.0.0.2", 82);
	await watching.says(/ appeared .* 10\.0\.0\.2:82\n/);
	assert.doesNotMatch(watching.said, / gone | changed /);
	assert.equal(watching.said.match(/ does not exist/g)?.length, 1);
});

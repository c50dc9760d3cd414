import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { as, connect, request } from "../support/client.js";
import { endSetup, type Setup, startSetup, untilNewRows } from "./setup.js";
import { finish, report } from "./withstand.js";

const JSON_MAP = { file: "map.json" };

function place({ host, port }: { host: string; port: number }): string {
	return JSON.stringify({ host, port: String(port) });
}

/** The new rows, after `more` entries. */
function document({ a, c }: Setup, more = ""): string {
	return `{${more}"abc":${place(a)},"moves":${place(c)},"comes":${place(c)}}`;
}

describe("a JSON map", { concurrency: 3 }, () => {
	test("with odd entries serves the sessions that it contains", async (t) => {
		const setup = await startSetup(t, JSON_MAP);
		const { b, c } = setup;
		const deep = "[".repeat(100_000) + "]".repeat(100_000);
		const more =
			`"abc":${place(c)},"moves":${place(b)},"deep":${deep},"list":[1],"number":80,"none":null,` +
			`"${b.host}:${b.port}":"abc","${b.host}:1":"moves","__proto__":${place(b)},"":"",`;
		await finish(t, setup, {
			name: "JSON, keys twice, both eras, wrong types, deep nesting",
			repair: async () => writeFileSync(setup.path, document(setup, more)),
		});
	});

	test("rewritten in the same size within one tick", async (t) => {
		const setup = await startSetup(t, JSON_MAP);
		const { a, b, c, client, daemon, path } = setup;
		const write = (moves: { host: string; port: number }) => {
			const text = `{"abc":${place(a)},"leaves":${place(a)},"moves":${place(moves)}}`;
			writeFileSync(path, text.padEnd(300));
		};
		client.expect("moves", "B", "C");
		// Sent at once, so that the file is read within the tick of its next change.
		const asking = await connect(t, daemon.port);
		const text = as("moves", request("GET /"));
		for (let round = 0; round < 60; round++) {
			const [container, name] = round % 2 === 0 ? [c, "C"] : [b, "B"];
			write(container);
			assert.equal((await asking.send(text).response()).text, name);
		}
		report(t, setup, "JSON, same size, same tick", `${client.tally()} | 0`);
		await endSetup(setup, ["readable"]);
	});
});

// Alone: it takes the time that the others have for their answers.
test("a JSON map of 50 MB", async (t) => {
	const setup = await startSetup(t, JSON_MAP);
	const { client } = setup;
	const id = "gie_1".padEnd(1000, "0");
	const entry = (n: number) =>
		`"filler${n}":{"host":"127.0.0.1","port":1,"container_ids":["${id}"]},`;
	const more = Array.from({ length: 50_000 }, (_, n) => entry(n)).join("");
	client.slowest = 0;
	client.expect("moves", "B", "C");
	client.expect("leaves", "A", "403");
	client.expect("comes", "403", "503", "C");
	writeFileSync(setup.path, document(setup, more));
	// A request that has waited a second for so large a map to be read gets the last good answer.
	await client.until("moves", "C");
	const written = performance.now();
	await untilNewRows(setup);
	const after = Math.round(performance.now() - written);
	const slowest = `slowest ${Math.round(client.slowest)} ms`;
	report(t, setup, "JSON of 50 MB", `${client.tally()}, ${slowest} | ${after}`);
	// On a busy machine it may take so long to read that it counts as unreadable meanwhile.
	await endSetup(setup, setup.states());
});

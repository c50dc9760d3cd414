import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { connect } from "../support/raw-client.js";
import { request } from "../support/request-text.js";
import { endure, mendScene } from "./fault.js";
import { endScene, type Scene, startScene } from "./scene.js";

const JSON_MAP = { file: "map.json" };

function place({ host, port }: { host: string; port: number }): string {
	return JSON.stringify({ host, port: String(port) });
}

/** The new truth, with `more` entries before it. */
function document({ a, c }: Scene, more = ""): string {
	return `{${more}"abc":${place(a)},"moves":${place(c)},"comes":${place(c)}}`;
}

describe("a JSON map", { concurrency: 3 }, () => {
	for (const text of ["[]", "{}}"])
		test(`that is ${text}`, async (t) => {
			await endure(t, {
				name: `JSON map is ${text}`,
				scene: JSON_MAP,
				strike({ path }) {
					copyFileSync(path, `${path}.good`);
					writeFileSync(path, text);
				},
				mend: (scene) => writeFileSync(scene.path, document(scene)),
			});
		});

	test("with odd entries leads whom it knows", async (t) => {
		const scene = await startScene(t, JSON_MAP);
		const { b, c, client } = scene;
		const deep = "[".repeat(100_000) + "]".repeat(100_000);
		const more =
			`"abc":${place(c)},"moves":${place(b)},"deep":${deep},"list":[1],"number":80,"none":null,` +
			`"${b.host}:${b.port}":"abc","${b.host}:1":"moves","__proto__":${place(b)},"":"",`;
		await mendScene(
			scene,
			() => writeFileSync(scene.path, document(scene, more)),
			(after) =>
				t.diagnostic(
					`| JSON, keys twice, both eras, wrong types, deep nesting | ${client.tally()} | ${after} ms | |`,
				),
		);
		await endScene(scene, ["readable"]);
	});

	test("of 50 MB", async (t) => {
		const scene = await startScene(t, JSON_MAP);
		const { client } = scene;
		const id = "gie_1".padEnd(1000, "0");
		const entry = (n: number) =>
			`"filler${n}":{"host":"127.0.0.1","port":1,"container_ids":["${id}"]},`;
		const more = Array.from({ length: 50_000 }, (_, n) => entry(n)).join("");
		client.slowest = 0;
		const write = async () => {
			writeFileSync(scene.path, document(scene, more));
			// Who has waited a second for so large a map to be read gets the last good answer.
			await client.until("moves", "C");
		};
		await mendScene(scene, write, (after) =>
			t.diagnostic(
				`| JSON of 50 MB | ${client.tally()}, slowest ${Math.round(client.slowest)} ms | ${after} ms | ${scene.states().slice(1)} |`,
			),
		);
		// On a busy machine it may take so long to read that it counts as unreadable meanwhile.
		await endScene(scene, scene.states());
	});

	test("rewritten in the same size within one tick", async (t) => {
		const scene = await startScene(t, JSON_MAP);
		const { a, b, c, client, daemon, path } = scene;
		const write = (moves: { host: string; port: number }) => {
			const text = `{"abc":${place(a)},"leaves":${place(a)},"moves":${place(moves)}}`;
			writeFileSync(path, text.padEnd(300));
		};
		client.expect("moves", "B", "C");
		// Asked at once, so that the file is read within the tick of its next change.
		const asking = await connect(t, daemon.port);
		const text = request("GET /").replace("=abc", "=moves");
		for (let round = 0; round < 60; round++) {
			const [container, name] = round % 2 === 0 ? [c, "C"] : [b, "B"];
			write(container);
			assert.equal((await asking.send(text).response()).text, name);
		}
		t.diagnostic(`| JSON, same size, same tick | ${client.tally()} | 0 ms | |`);
		await endScene(scene, ["readable"]);
	});
});

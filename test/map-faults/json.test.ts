import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
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
	for (const text of ["[]", "null", '"abc"', "{}}"])
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
		await endScene(scene, ["readable"]);
	});

	test("rewritten in the same size within one tick", async (t) => {
		const scene = await startScene(t, JSON_MAP);
		const { a, b, c, client, path } = scene;
		const write = (moves: { host: string; port: number }) => {
			const text = `{"abc":${place(a)},"leaves":${place(a)},"moves":${place(moves)}}`;
			writeFileSync(path, text.padEnd(300));
		};
		for (let round = 0; round < 20; round++) {
			client.expect("moves", "B", "C");
			write(c);
			write(round % 2 === 0 ? b : c);
			const answer = round % 2 === 0 ? "B" : "C";
			client.expect("moves", answer);
			assert.equal(await client.answers("moves"), answer);
		}
		t.diagnostic(`| JSON, same size, same tick | ${client.tally()} | 0 ms | |`);
		await endScene(scene, ["readable"]);
	});
});

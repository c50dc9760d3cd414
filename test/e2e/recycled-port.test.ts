import assert from "node:assert/strict";
import { test } from "node:test";
import { DockerEngine } from "./support/docker-engine.js";
import { Galaxy } from "./support/galaxy.js";
import { BASE } from "./support/jupyter.js";
import { placeFor } from "./support/place.js";
import {
	assertServes,
	ENDED,
	overHttp,
	overWebSocket,
	Tab,
} from "./support/recycled.js";
import { newSession } from "./support/site.js";

test("a port that Docker gives out anew after its host's restart is closed to the session that had it before", async (t) => {
	const place = placeFor(t, "recycled-port");
	const engine = await DockerEngine.start(place, "engine");
	const other = await DockerEngine.start(place, "other-engine");
	const galaxy = await Galaxy.open(place);
	const [anna, berta, carla] = [newSession(), newSession(), newSession()];
	const rowOf = (
		key: string,
		at: DockerEngine,
		container: { id: string; port: number },
	) => ({
		key,
		host: at.host.address,
		port: container.port,
		ids: [container.id],
	});

	const annas = await engine.run("anna@x");
	const carlas = await other.run("carla@x");
	assert.match(annas.id, /^[0-9a-f]{64}$/);
	assert.equal(carlas.port, annas.port);
	await galaxy.launch(rowOf(anna, engine, annas));
	await galaxy.write(rowOf(carla, other, carlas));
	await assertServes(galaxy, anna, "anna@x", "annas");
	await assertServes(galaxy, carla, "carla@x", "carlas");
	const tab = await Tab.open(place, galaxy, anna);
	await tab.shows("Notebook of anna@x");

	await engine.docker("stop", annas.id);
	await tab.page.reload();
	await tab.shows("Your environment cannot be reached");
	await engine.restart();
	const bertas = await engine.run("berta@x");
	assert.equal(bertas.port, annas.port);
	assert.notEqual(bertas.id, annas.id);
	await galaxy.write(rowOf(berta, engine, bertas));

	await t.test("the old cookie leads nowhere", async () => {
		assert.deepEqual(await overHttp(galaxy, anna, "annas"), ENDED);
		assert.deepEqual(await overWebSocket(galaxy, anna, "annas"), ENDED);
	});
	await t.test("the new user's environment is served", () =>
		assertServes(galaxy, berta, "berta@x", "bertas"),
	);
	await t.test("the same port of another host is another address", () =>
		assertServes(galaxy, carla, "carla@x", "carlas"),
	);
	await t.test(
		"the tab that was waiting stops, and opens nothing",
		async () => {
			await tab.looks();
			await tab.shows("This environment has ended");
			await tab.page.screenshot({ path: place.file("ended.png") });
			await tab.assertAsksNothing();
			await tab.shows("This environment has ended");
		},
	);
	await t.test("nobody else's request came to the new container", async () => {
		const asked = await engine.askedFor(bertas.id, "container");
		assert.deepEqual(asked, [`${BASE}bertas`, `${BASE}bertas-socket`]);
	});
});

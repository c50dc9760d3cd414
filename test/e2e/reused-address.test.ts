import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { DockerEngine, type Published } from "./support/docker-engine.js";
import { Galaxy } from "./support/galaxy.js";
import { BASE } from "./support/jupyter.js";
import { type Place, placeFor } from "./support/place.js";
import {
	assertServes,
	ENDED,
	overHttp,
	overWebSocket,
	Tab,
} from "./support/reused-address.js";
import { newSession } from "./support/site.js";
import { until } from "./support/until.js";

/** Anna's environment ends, and Docker gives its port to Berta's. Carla has the same port on another host. */
const [ANNA, BERTA, CARLA] = [newSession(), newSession(), newSession()];

function rowOf(key: string, { host }: DockerEngine, published: Published) {
	const { id, port } = published;
	return { key, host: host.address, port, ids: [id] };
}

/** The row that Galaxy writes while it does not know a service's port. */
function notReady(key: string, { id }: Published) {
	return { key, host: "localhost", port: -8888, ids: [id] };
}

async function openTab(place: Place, galaxy: Galaxy): Promise<Tab> {
	await assertServes(galaxy, ANNA, "anna@x", "annas");
	const tab = await Tab.open(place, galaxy, ANNA);
	await tab.shows("Notebook of anna@x");
	return tab;
}

test("a port that Docker reuses after its host's restart is closed to the session that had it before", async (t) => {
	const place = placeFor(t, "reused-port");
	const engine = await DockerEngine.start(place, "engine");
	const other = await DockerEngine.start(place, "other-engine");
	const galaxy = await Galaxy.open(place);
	const annas = await engine.run("anna@x");
	const carlas = await other.run("carla@x");
	assert.match(annas.id, /^[0-9a-f]{64}$/);
	assert.equal(carlas.port, annas.port);
	await galaxy.launch(rowOf(ANNA, engine, annas));
	await galaxy.write(rowOf(CARLA, other, carlas));
	await assertServes(galaxy, CARLA, "carla@x", "carlas");
	const tab = await openTab(place, galaxy);

	await engine.docker("stop", annas.id);
	await tab.page.reload();
	await tab.shows("Your environment cannot be reached");
	await engine.restart();
	const bertas = await engine.run("berta@x");
	assertReused(annas, bertas);
	await galaxy.write(rowOf(BERTA, engine, bertas));
	await assertClosed(t, place, galaxy, tab);
	await t.test("the same port of another host is another address", () =>
		assertServes(galaxy, CARLA, "carla@x", "carlas"),
	);
	await assertAskedByBertaAlone(t, () =>
		engine.askedFor(bertas.id, "container"),
	);
});

/**
 * The swarm's manager assigns the ports, and starts again from the first after its restart. Its routing mesh needs IPVS, which
 * many kernels lack; iptables in the manager's namespace replaces it.
 */
test("a port that a swarm's manager reuses after its restart is closed to the session that had it before", async (t) => {
	const place = placeFor(t, "reused-service-port");
	const manager = await DockerEngine.start(place, "manager");
	const host = manager.host.address;
	await manager.docker("swarm", "init", "--advertise-addr", host);
	const galaxy = await Galaxy.open(place);
	const annas = await manager.createService("anna@x");
	assert.match(annas.id, /^[0-9a-z]{25}$/);
	await galaxy.launch(notReady(ANNA, annas));
	assert.equal((await overHttp(galaxy, ANNA, "early")).status, 503);
	const endForwarding = await manager.forwardToTask(annas);
	await galaxy.update({ key: ANNA, host, port: annas.port });
	const tab = await openTab(place, galaxy);

	await manager.docker("service", "rm", annas.id);
	await endForwarding();
	await tab.page.reload();
	await tab.shows("Your environment cannot be reached");
	await manager.restart();
	const bertas = await manager.createService("berta@x");
	assertReused(annas, bertas);
	await galaxy.write(notReady(BERTA, bertas));
	await manager.forwardToTask(bertas);
	assert.equal((await overHttp(galaxy, BERTA, "early")).status, 503);
	await galaxy.update({ key: BERTA, host, port: bertas.port });
	await assertClosed(t, place, galaxy, tab);
	await assertAskedByBertaAlone(t, () =>
		manager.askedFor(bertas.id, "service"),
	);
});

function assertReused(annas: Published, bertas: Published): void {
	assert.equal(bertas.port, annas.port);
	assert.notEqual(bertas.id, annas.id);
}

async function assertClosed(
	t: TestContext,
	place: Place,
	galaxy: Galaxy,
	tab: Tab,
): Promise<void> {
	await t.test("the old cookie is refused", async () => {
		assert.deepEqual(await overHttp(galaxy, ANNA, "annas"), ENDED);
		assert.deepEqual(await overWebSocket(galaxy, ANNA, "annas"), ENDED);
	});
	await t.test("the new user's environment is served", () =>
		assertServes(galaxy, BERTA, "berta@x", "bertas"),
	);
	await t.test("the waiting tab stops, and opens nothing", async () => {
		await tab.looks();
		await tab.shows("This environment has ended");
		await tab.page.screenshot({ path: place.file("ended.png") });
		await tab.assertAsksNothing();
		await tab.shows("This environment has ended");
	});
}

async function assertAskedByBertaAlone(
	t: TestContext,
	askedFor: () => Promise<string[]>,
): Promise<void> {
	const own = [`${BASE}bertas`, `${BASE}bertas-socket`];
	await t.test(
		"no other user's request reached the new container",
		async () => {
			let asked: string[] = [];
			await until("Docker to have its log", async () => {
				asked = await askedFor();
				return asked.length >= own.length;
			});
			assert.deepEqual(asked, own);
		},
	);
}

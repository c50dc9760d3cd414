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

/**
 * The swarm's manager gives the ports out, and begins anew after its restart. What leads from a published port to the task
 * is not its routing mesh: that needs IPVS, which many kernels lack. iptables does it in the manager's namespace.
 */
test("a port that a swarm's manager gives out anew after its restart is closed to the session that had it before", async (t) => {
	const place = placeFor(t, "recycled-service");
	const manager = await DockerEngine.start(place, "manager");
	const host = manager.host.address;
	await manager.docker("swarm", "init", "--advertise-addr", host);
	const galaxy = await Galaxy.open(place);
	const [anna, berta] = [newSession(), newSession()];
	/** As Galaxy writes it while it does not know the port yet. */
	const notReady = (key: string, id: string) => ({
		key,
		host: "localhost",
		port: -8888,
		ids: [id],
	});

	const annas = await manager.createService("anna@x");
	assert.match(annas.id, /^[0-9a-z]{25}$/);
	await galaxy.launch(notReady(anna, annas.id));
	assert.equal((await overHttp(galaxy, anna, "early")).status, 503);
	const endForwarding = await manager.forwardToTask(annas);
	await galaxy.update({ key: anna, host, port: annas.port });
	await assertServes(galaxy, anna, "anna@x", "annas");
	const tab = await Tab.open(place, galaxy, anna);
	await tab.shows("Notebook of anna@x");

	await manager.docker("service", "rm", annas.id);
	await endForwarding();
	await tab.page.reload();
	await tab.shows("Your environment cannot be reached");
	await manager.restart();
	const bertas = await manager.createService("berta@x");
	assert.equal(bertas.port, annas.port);
	assert.notEqual(bertas.id, annas.id);
	await galaxy.write(notReady(berta, bertas.id));
	await manager.forwardToTask(bertas);

	assert.equal((await overHttp(galaxy, berta, "early")).status, 503);
	await galaxy.update({ key: berta, host, port: bertas.port });
	await t.test("the old cookie leads nowhere", async () => {
		assert.deepEqual(await overHttp(galaxy, anna, "annas"), ENDED);
		assert.deepEqual(await overWebSocket(galaxy, anna, "annas"), ENDED);
	});
	await t.test("the new user's environment is served", () =>
		assertServes(galaxy, berta, "berta@x", "bertas"),
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
		const asked = await manager.askedFor(bertas.id, "service");
		assert.deepEqual(asked, [`${BASE}bertas`, `${BASE}bertas-socket`]);
	});
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Container } from "./support/container.js";
import { curl } from "./support/curl.js";
import { startNginx } from "./support/fronts.js";
import { Galaxy } from "./support/galaxy.js";
import { startGalaxyPage } from "./support/galaxy-page.js";
import { BASE } from "./support/jupyter.js";
import { placeFor } from "./support/place.js";
import { newSession } from "./support/site.js";

test("a swarm service without a port is answered 503 until Galaxy's UPDATE names it, and works at once after", async (t) => {
	const place = placeFor(t, "not-ready");
	const key = newSession();
	const galaxy = await Galaxy.open(place);
	await galaxy.launch({ key, host: null, port: -8888 });
	const { proxyPort } = galaxy;
	const nginxPort = await startNginx(place, {
		proxyPort,
		galaxyPort: await startGalaxyPage(place, key),
	});
	const ask = (port: number) =>
		curl(place, key, `by-${port}`, [`http://localhost:${port}${BASE}ok`]);

	for (const port of [proxyPort, nginxPort]) {
		const { status, retryAfter } = await ask(port);
		assert.deepEqual({ status, retryAfter }, { status: 503, retryAfter: "2" });
	}
	const container = await Container.start(place);
	await galaxy.update({ key, host: "127.0.0.1", port: container.port });
	for (const port of [proxyPort, nginxPort]) {
		const { status, bytes } = await ask(port);
		assert.deepEqual({ status, bytes }, { status: 200, bytes: 3 });
	}
});

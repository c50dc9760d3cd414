import assert from "node:assert/strict";
import { test } from "node:test";
import { Container } from "./support/container.js";
import { curl } from "./support/curl.js";
import { startNginx } from "./support/fronts.js";
import { BASE } from "./support/jupyter.js";
import { placeFor } from "./support/place.js";
import { launchAt } from "./support/site.js";

test("a swarm service without a port is answered 503 until Galaxy's UPDATE has its port, and works right after", async (t) => {
	const place = placeFor(t, "not-ready");
	const launched = await launchAt(place, { host: null, port: -8888 });
	const { key, galaxy, proxyPort } = launched;
	const ports = [proxyPort, await startNginx(place, launched)];
	const ask = (port: number) =>
		curl(place, key, `by-${port}`, [`http://localhost:${port}${BASE}ok`]);

	for (const port of ports) {
		const { status, retryAfter } = await ask(port);
		assert.deepEqual({ status, retryAfter }, { status: 503, retryAfter: "2" });
	}
	const container = await Container.start(place);
	await galaxy.update({ key, host: "127.0.0.1", port: container.port });
	for (const port of ports) {
		const { status, bytes } = await ask(port);
		assert.deepEqual({ status, bytes }, { status: 200, bytes: 3 });
	}
});

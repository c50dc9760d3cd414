import assert from "node:assert/strict";
import { test } from "node:test";
import {
	startApache,
	startDockerGalaxyNginx,
	startNginx,
} from "./support/fronts.js";
import { runCode, type Visit } from "./support/kernel.js";
import { placeFor } from "./support/place.js";
import { AT_ROOT, openSite } from "./support/site.js";
import { until } from "./support/until.js";

const CODE = "import os\nprint('café', 6 * 7, len(os.listdir('/')) > 0)";

async function runs(visit: Visit): Promise<void> {
	assert.equal(await runCode(visit, CODE), "café 42 True\n");
}

test("a kernel runs code over its WebSocket, with the proxy spawned and the map written as Galaxy does", async (t) => {
	const place = placeFor(t, "kernel");
	const site = await openSite(place);
	await t.test("direct", () => runs(site.by(site.proxyPort)));
	await t.test("through nginx", async () =>
		runs(site.by(await startNginx(place, site))),
	);
	await t.test("through Apache", async () =>
		runs(site.by(await startApache(place, site))),
	);
	await t.test(
		"Galaxy's log shows each way's WebSocket and no session",
		async () => {
			const tunnels = () =>
				site.galaxy.log.match(/api\/kernels\/[^"]*\/channels/g);
			await until("three tunnels in the log", () => tunnels()?.length === 3);
			assert(!site.galaxy.log.includes(site.session));
		},
	);
});

test("a kernel runs code through docker-galaxy's nginx, which sends //gie_proxy/...", async (t) => {
	const place = placeFor(t, "kernel-docker-galaxy");
	const site = await openSite(place, AT_ROOT);
	await runs(site.by(await startDockerGalaxyNginx(place, site)));
});

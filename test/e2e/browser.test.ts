import assert from "node:assert/strict";
import { test } from "node:test";
import { runNotebook, startBrowser } from "./support/browser.js";
import {
	startApache,
	startDockerGalaxyNginx,
	startNginx,
} from "./support/fronts.js";
import { placeFor } from "./support/place.js";
import { AT_ROOT, openSite } from "./support/site.js";

test("a notebook opens in Chromium and shows the output of a cell", async (t) => {
	const place = placeFor(t, "browser");
	const site = await openSite(place);
	const browser = await startBrowser(place);
	const opens = async (way: string, port: number, galaxyPort = port) => {
		const galaxy = `http://localhost:${galaxyPort}/galaxy/`;
		const seen = await runNotebook(
			browser,
			galaxy,
			site.by(port),
			place.file(`${way}.png`),
		);
		assert.deepEqual(seen, { output: "499500\n", failures: [] });
	};
	await t.test("direct", () =>
		opens("direct", site.proxyPort, site.galaxyPort),
	);
	await t.test("through nginx", async () =>
		opens("nginx", await startNginx(place, site)),
	);
	await t.test("through Apache", async () =>
		opens("apache", await startApache(place, site)),
	);
});

test("a notebook opens in Chromium behind docker-galaxy's nginx", async (t) => {
	const place = placeFor(t, "browser-docker-galaxy");
	const site = await openSite(place, AT_ROOT);
	const browser = await startBrowser(place);
	const port = await startDockerGalaxyNginx(place, site);
	const galaxy = `http://localhost:${port}/`;
	const seen = await runNotebook(
		browser,
		galaxy,
		site.by(port),
		place.file("docker-galaxy.png"),
	);
	assert.deepEqual(seen, { output: "499500\n", failures: [] });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { runNotebook, runTerminal, startBrowser } from "./support/browser.js";
import { startPrinted } from "./support/front-servers.js";
import {
	startApache,
	startDockerGalaxyNginx,
	startNginx,
} from "./support/fronts.js";
import { runCode } from "./support/kernel.js";
import { placeFor } from "./support/place.js";
import { AT_ROOT, openSite } from "./support/site.js";
import { until } from "./support/until.js";

const CODE = "import os\nprint('café', 6 * 7, len(os.listdir('/')) > 0)";
const PRINTED = "café 42 True\n";
const NOTEBOOK = { output: "499500\n", failures: [] };
const TERMINAL = { output: "499500", failures: [] };

test("a kernel and a notebook in Chromium work with and without the front proxies of Galaxy's documentation", async (t) => {
	const place = placeFor(t, "jupyter");
	const site = await openSite(place);
	const browser = await startBrowser(place);
	const ports = {
		direct: site.proxyPort,
		nginx: await startNginx(place, site),
		apache: await startApache(place, site),
	};
	for (const [way, port] of Object.entries(ports)) {
		const visit = site.by(port);
		await t.test(`a kernel runs code over its WebSocket, ${way}`, async () =>
			assert.equal(await runCode(visit, CODE), PRINTED),
		);
		await t.test(`a notebook shows the output of a cell, ${way}`, async () => {
			const galaxyPort = way === "direct" ? site.galaxyPort : port;
			const galaxy = `http://localhost:${galaxyPort}/galaxy/`;
			const picture = place.file(`${way}.png`);
			const shown = await runNotebook(browser, galaxy, visit, picture);
			assert.deepEqual(shown, NOTEBOOK);
		});
	}
	await t.test("the log has the WebSockets and no session", async () => {
		const tunnels = () =>
			site.galaxy.log.match(/api\/kernels\/[^"]*\/channels/g) ?? [];
		await until("six tunnels in the log", () => tunnels().length === 6);
		assert(!site.galaxy.log.includes(site.key));
	});
});

test("a kernel and a notebook in Chromium work with docker-galaxy's nginx, which sends //gie_proxy/...", async (t) => {
	const place = placeFor(t, "jupyter-docker-galaxy");
	const site = await openSite(place, AT_ROOT);
	const browser = await startBrowser(place);
	const port = await startDockerGalaxyNginx(place, site);
	const visit = site.by(port);
	assert.equal(await runCode(visit, CODE), PRINTED);
	const galaxy = `http://localhost:${port}/`;
	const picture = place.file("docker-galaxy.png");
	const shown = await runNotebook(browser, galaxy, visit, picture);
	assert.deepEqual(shown, NOTEBOOK);
});

for (const kind of ["nginx", "apache"] as const) {
	test(`a notebook and a terminal work in Chromium through what front ${kind} prints`, async (t) => {
		const place = placeFor(t, `jupyter-printed-${kind}`);
		const site = await openSite(place);
		const browser = await startBrowser(place);
		const prefix = ["--proxy-prefix", "/galaxy/gie_proxy"];
		const port = await startPrinted(kind, place, site, ...prefix);
		const galaxy = `http://localhost:${port}/galaxy`;
		const visit = site.by(port);
		const picture = place.file(`${kind}.png`);
		const shown = await runNotebook(browser, galaxy, visit, picture);
		assert.deepEqual(shown, NOTEBOOK);
		assert.deepEqual(await runTerminal(browser, galaxy, visit), TERMINAL);
	});

	test(`a kernel runs code through what front ${kind} prints, with Galaxy at /`, async (t) => {
		const place = placeFor(t, `jupyter-printed-root-${kind}`);
		const site = await openSite(place, AT_ROOT);
		const port = await startPrinted(kind, place, site);
		assert.equal(await runCode(site.by(port), "print('café')"), "café\n");
	});
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { runNotebook, runTerminal, startBrowser } from "./support/browser.js";
import { runCode } from "./support/kernel.js";
import { placeFor } from "./support/place.js";
import { startPrinted } from "./support/printed.js";
import { AT_ROOT, openSite } from "./support/site.js";

const KINDS = ["nginx", "apache"] as const;

test("Jupyter's notebook and terminal work in Chromium through what front prints", async (t) => {
	const place = placeFor(t, "front-browser");
	const site = await openSite(place);
	const browser = await startBrowser(place);
	for (const kind of KINDS)
		await t.test(`through ${kind}`, async () => {
			const prefix = ["--proxy-prefix", "/galaxy/gie_proxy"];
			const port = await startPrinted(kind, place, site, ...prefix);
			const galaxy = `http://localhost:${port}/galaxy`;
			const visit = site.by(port);
			assert.deepEqual(
				await runNotebook(browser, galaxy, visit, place.file(`${kind}.png`)),
				{ output: "499500\n", failures: [] },
			);
			assert.deepEqual(await runTerminal(browser, galaxy, visit), {
				output: "499500",
				failures: [],
			});
		});
});

test("a kernel runs code through what front prints, with Galaxy at /", async (t) => {
	const place = placeFor(t, "front-kernel");
	const site = await openSite(place, AT_ROOT);
	for (const kind of KINDS)
		await t.test(`through ${kind}`, async () => {
			const port = await startPrinted(kind, place, site);
			assert.equal(await runCode(site.by(port), "print('café')"), "café\n");
		});
});

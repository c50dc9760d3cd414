import assert from "node:assert/strict";
import { test } from "node:test";
import {
	inChromium,
	keyOf,
	logIn,
	open,
	picture,
	startTools,
	titled,
	use,
} from "./support/client.js";
import { useProxy } from "./support/gravity.js";
import { currentLab, person } from "./support/lab.js";

test("in Chromium a user logs in, starts tools, opens, uses and stops them", async (t) => {
	const lab = currentLab();
	const anna = person(lab, "anna");
	await useProxy(lab, { way: "in galaxy_root" });
	await inChromium(t, "web-client", async (browser) => {
		const list = await logIn(browser, anna);
		const names = { lab_paths: "stripped", lab_domain: "by domain" };
		await startTools(t, list, anna, names);
		await picture(list, "list");
		const byPath = await open(list, "stripped");
		await use(byPath, anna);
		await picture(byPath, "opened");
		const byDomain = await open(list, "by domain");
		const { hostname } = new URL(byDomain.url());
		assert.match(hostname, /\.interactivetool\.localhost$/);
		await use(byDomain, anna);

		// The program ends. Galaxy needs a while to collect the tool's output.
		await byPath.evaluate("void fetch('exit/0')");
		await byPath.getByText("closed with").waitFor();
		await byPath.reload();
		await titled(byPath, "This interactive tool no longer answers");
		await picture(byPath, "ended");

		await list.bringToFront();
		await list.locator(`#stop-${await keyOf(list, "by domain")}`).click();
		await byDomain.getByText("closed with").waitFor();
		await byDomain.reload();
		await titled(byDomain, "There is no interactive tool at this address");
		await picture(byDomain, "stopped");
		const button = list.locator('button[name="by domain"]');
		await button.waitFor({ state: "detached" });
	});
});

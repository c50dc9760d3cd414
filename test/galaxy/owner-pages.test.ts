import assert from "node:assert/strict";
import { test } from "node:test";
import { openContext } from "../e2e/support/browser.js";
import { until } from "../e2e/support/until.js";
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
import { containerAt, docker } from "./support/engine.js";
import { useProxy } from "./support/gravity.js";
import { currentLab, person } from "./support/lab.js";
import { rowsOf } from "./support/map.js";
import { publicUrl } from "./support/visit.js";

test("with the owner check Chromium waits for the owner's tool, and tells others that it is not theirs", async (t) => {
	const lab = currentLab();
	const anna = person(lab, "anna");
	await useProxy(lab, {
		way: "in galaxy_root",
		environment: {
			GALAXY_PROXY_CHECK_OWNER: "1",
			GALAXY_PROXY_GALAXY_URL: publicUrl(lab),
		},
	});
	await inChromium(t, "owner-pages", async (browser) => {
		const list = await logIn(browser, anna);
		await startTools(t, list, anna, { lab_slow: "slow" });
		const tool = await open(list, "slow");
		await titled(tool, "This interactive tool is starting");
		await picture(tool, "starting");
		// Containers of other tests may still be about to end.
		const id = await keyOf(list, "slow");
		const [row] = await rowsOf(lab, [{ id }]);
		const container = await containerAt(lab, row?.port);
		await docker(lab, "exec", "--user", "0", container, "touch", "/tmp/go");
		await use(tool, anna);

		const bens = await logIn(browser, person(lab, "ben"));
		let status: number | undefined;
		const isTold = async () => {
			status = (await bens.goto(tool.url()))?.status();
			return status !== 503;
		};
		// His Galaxy page asks so much at once that Galaxy may not say in time whose tool it is.
		await until("Galaxy's answer", isTold);
		assert.equal(status, 403);
		await titled(bens, "This interactive tool is not yours");
		await picture(bens, "not-yours");
		const nobodys = await (await openContext(browser)).newPage();
		assert.equal((await nobodys.goto(tool.url()))?.status(), 403);
		await titled(nobodys, "Log in to Galaxy to open this tool");
		await picture(nobodys, "not-logged-in");
	});
});

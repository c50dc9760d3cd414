import assert from "node:assert/strict";
import { test } from "node:test";
import { placeFor } from "./support/place.js";
import { PATIENCE_MS } from "./support/until.js";
import { catalogue, isInstalled } from "./tools/catalogue.js";
import { ToolSite } from "./tools/site.js";
import { tryApp } from "./tools/trial.js";

/** Those that install in seconds; `npm run test:tool-apps` has all. */
const QUICK = [
	...["streamlit", "shiny-r", "novnc", "shellinabox"],
	...["http-server", "rstudio-like"],
];

test("applications work by domain and by path through nginx as Galaxy documents it", async (t) => {
	const site = await ToolSite.open(placeFor(t, "tool-apps"), "ours");
	for (const name of QUICK) {
		const app = catalogue[name];
		assert.ok(app);
		for (const form of app.forms) {
			const skip = !isInstalled(app) && "it is not installed";
			await t.test(`${app.name}, ${form}`, { skip }, async (t) => {
				const it = { name, app, form };
				const trial = await tryApp(site, it, PATIENCE_MS);
				assert.equal(trial.failure, undefined);
				assert.equal(trial.leaks, 0, "Galaxy's cookie reached the tool");
				t.diagnostic(`${trial.done}; ${trial.connections} connections`);
			});
		}
	}
});

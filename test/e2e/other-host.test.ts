import assert from "node:assert/strict";
import { test } from "node:test";
import { startNginx } from "./support/fronts.js";
import { Galaxy } from "./support/galaxy.js";
import { startGalaxyPage } from "./support/galaxy-page.js";
import { BASE, startJupyter } from "./support/jupyter.js";
import { runCode } from "./support/kernel.js";
import { makeOtherHost, noNetwork } from "./support/network.js";
import { placeFor } from "./support/place.js";
import { newSession } from "./support/site.js";

test("a container on another host is reached by its address", {
	skip: noNetwork(),
}, async (t) => {
	const place = placeFor(t, "other-host");
	const { address, within } = makeOtherHost(place);
	const port = await startJupyter(place, { host: address, within });
	const session = newSession();
	const galaxy = await Galaxy.open(place);
	await galaxy.launch({ key: session, host: address, port });
	const { proxyPort } = galaxy;
	const nginxPort = await startNginx(place, {
		proxyPort,
		galaxyPort: await startGalaxyPage(place, session),
	});

	for (const by of [proxyPort, nginxPort]) {
		const visit = { origin: `http://localhost:${by}`, base: BASE, session };
		const printed = await runCode(
			visit,
			"import subprocess as s; print(s.getoutput('hostname -I'))",
		);
		assert.equal(printed.trim(), address);
	}
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { startNginx } from "./support/fronts.js";
import { BASE, startJupyter } from "./support/jupyter.js";
import { runCode } from "./support/kernel.js";
import { makeOtherHost, noNetwork } from "./support/network.js";
import { placeFor } from "./support/place.js";
import { launchAt } from "./support/site.js";

const CODE = "import subprocess as s; print(s.getoutput('hostname -I'))";

test("a container on another host is reached by its address", {
	skip: noNetwork(),
}, async (t) => {
	const place = placeFor(t, "other-host");
	const { address: host, within } = makeOtherHost(place);
	const port = await startJupyter(place, { host, within });
	const launched = await launchAt(place, { host, port });
	const { key: session, proxyPort } = launched;
	for (const by of [proxyPort, await startNginx(place, launched)]) {
		const visit = { origin: `http://localhost:${by}`, base: BASE, session };
		assert.equal((await runCode(visit, CODE)).trim(), host);
	}
});

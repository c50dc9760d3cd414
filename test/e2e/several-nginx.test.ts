import { test } from "node:test";
import { noPostgres } from "../support/postgres.js";
import { runCases } from "./support/machine-runs.js";
import { RATE, startNginxFor, startSite } from "./support/machine-site.js";
import { noNetwork } from "./support/network.js";

test("two machines behind the printed nginx: no GET is lost, and POSTs only with a killed or vanished daemon", {
	skip: noPostgres() || noNetwork(),
}, async (t) => {
	const site = await startSite(t, "several-nginx");
	await runCases(t, site, {
		port: await startNginxFor(site),
		sendsToTheEnd: true,
		// It leaves a machine out for 2 s, and so many requests take 3 s.
		usesBoth: (load) => load.until(RATE * 3),
	});
});

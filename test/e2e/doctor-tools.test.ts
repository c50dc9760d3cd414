import assert from "node:assert/strict";
import { test } from "node:test";
import { makeWildcardAuthority } from "../support/certificates.js";
import { findingsAt, openDoctorSite } from "./support/doctor-tools-site.js";
import { isMissing, SERVERS, startServer } from "./support/front-servers.js";
import { printedFront } from "./support/fronts.js";

/** It makes one slash of several. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
	traefik: ["doubtful front path"],
};
const NAMES = ["localhost", "*.ep.interactivetool.localhost"];

for (const name of SERVERS)
	test(`doctor finds nothing wrong with tools behind ${name} as front ${name} configures it`, {
		skip: isMissing(name),
	}, async (t) => {
		const site = await openDoctorSite(t, `doctor-tools-${name}`);
		const { authority, issued } = makeWildcardAuthority(t, NAMES);
		const printed = printedFront(
			...[name, "--for", "tools", "--server-name", "localhost"],
			...["--port", String(site.proxyPort), "--admin", site.admin],
			...["--galaxy", `localhost:${site.galaxyPort}`],
		);
		const port = await startServer(name, site.place, printed, issued);
		const url = `https://localhost:${port}`;
		const env = { NODE_EXTRA_CA_CERTS: authority };
		const { bad, lines } = await findingsAt(url, site, ["--probe"], env);
		assert.deepEqual(
			[...new Set(bad.map((each) => each.split(":")[0]))],
			["doubtful same site", ...(KNOWN[name] ?? [])],
			bad.join("\n"),
		);
		for (const each of [
			"good front: ",
			"good certificate: the certificate covers *.ep.interactivetool.localhost: it is for localhost, ",
			"good front prefix: by path: ",
			"good front names: by host name: ",
			"good front tool: by path: ",
			"good front tool: by host name: ",
			"good front host: by host name: Host and Origin arrive with their port",
			"good front upgrade: by path: ",
			"good front buffering: by host name: ",
		])
			assert.ok(
				lines.some((line) => line.startsWith(each)),
				`${each}: ${lines.join("\n")}`,
			);
	});

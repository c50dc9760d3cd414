import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";
import { noHostsFile, withHosts } from "../support/hosts-file.js";
import { openDoctorSite } from "./support/doctor-tools-site.js";
import { startServer } from "./support/front-servers.js";
import { printedFront } from "./support/fronts.js";
import { PROXY_MAIN } from "./support/place.js";

test("a wildcard that is missing in DNS is wrong, and the front is asked for the names all the same", {
	skip: noHostsFile(),
}, async (t) => {
	const site = await openDoctorSite(t, "doctor-tools-names");
	const printed = printedFront(
		...["nginx", "--for", "tools", "--server-name", "galaxy.test"],
		...["--port", String(site.proxyPort)],
		...["--galaxy", `localhost:${site.galaxyPort}`],
	);
	const port = await startServer("nginx", site.place, printed);
	const hosts = site.place.file("hosts");
	writeFileSync(hosts, "127.0.0.1 localhost galaxy.test\n");
	const [program = "", ...words] = [
		...withHosts(hosts),
		...[process.execPath, PROXY_MAIN, "doctor", ...site.args, "--probe"],
		...["--ip", "127.0.0.1", "--url", `http://galaxy.test:${port}`],
	];
	const { stdout } = await promisify(execFile)(program, words).catch(
		(error: { stdout: string }) => error,
	);
	for (const line of [
		/^wrong +tool names +\*\.ep\.interactivetool\.galaxy\.test does not resolve here/m,
		/as a CNAME of galaxy\.test, or with the same addresses \(127\.0\.0\.1\)/,
		/^good +front names +by host name/m,
		/^good +front tool +by host name/m,
		/^good +front host +by host name/m,
	])
		assert.match(stdout, line);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeWildcardAuthority } from "../support/certificates.js";
import { findingsAt, openDoctorSite } from "./support/doctor-tools-site.js";
import { startServer } from "./support/front-servers.js";
import { printedFront } from "./support/fronts.js";

const OWN = ["localhost", "*.ep.interactivetool.localhost"];

interface Case {
	readonly names?: readonly string[];
	/** Of the certificate's validity. */
	readonly days?: number;
	/** Whether doctor's host knows the issuer. */
	readonly isKnown?: boolean;
	/** All findings that are not good, in their order. */
	readonly expected: readonly RegExp[];
}

const CASES: Readonly<Record<string, Case>> = {
	"has ended": {
		days: -1,
		expected: [
			/^wrong front: the certificate of https:\/\/localhost:\d+ has ended/,
			/^wrong certificate: the certificate of the tools' names ended on 20/,
		],
	},
	"ends soon": {
		days: 5,
		expected: [
			/^doubtful certificate: the certificate of the tools' names ends on .*, in 4 days$/,
		],
	},
	"is for another name": {
		names: ["other.example"],
		expected: [
			/^wrong front: the certificate of \S+ is for other\.example, not for localhost/,
			/^wrong certificate: the certificate does not cover \*\.ep\.interactivetool\.localhost: it is for other\.example/,
		],
	},
	"has an unknown issuer": {
		isKnown: false,
		expected: [
			/^doubtful front: the certificate of \S+ has an issuer that this host does not know/,
		],
	},
};

for (const [what, each] of Object.entries(CASES))
	test(`the certificate ${what}: nothing else is wrong`, async (t) => {
		const { names = OWN, days, isKnown = true, expected } = each;
		const site = await openDoctorSite(t, "doctor-tools-certificates");
		const { authority, issued } = makeWildcardAuthority(t, names, days);
		const printed = printedFront(
			...["nginx", "--for", "tools", "--server-name", "localhost"],
			...["--port", String(site.proxyPort), "--admin", site.admin],
			...["--galaxy", `localhost:${site.galaxyPort}`],
		);
		const port = await startServer("nginx", site.place, printed, issued);
		const url = `https://localhost:${port}`;
		const env = isKnown ? { NODE_EXTRA_CA_CERTS: authority } : {};
		const { bad, lines } = await findingsAt(url, site, [], env);
		assert.ok(
			lines.some((line) => /^good front: .*answers \(200\)/.test(line)),
		);
		const others = bad.filter((line) => !/^doubtful same site/.test(line));
		assert.equal(others.length, expected.length, others.join("\n"));
		for (const [at, pattern] of expected.entries())
			assert.match(others[at] ?? "", pattern);
	});

import assert from "node:assert/strict";
import { test } from "node:test";
import { examine, expectDiagnosis } from "../doctor/examined.js";
import { startApache, startNginx } from "./support/fronts.js";
import { placeFor } from "./support/place.js";
import { openSite } from "./support/site.js";

type Gap = [name: string, what: RegExp, remedy: RegExp, verdict?: "doubtful"];

/** The known gaps of the front servers in Galaxy's documentation. */
const NGINX: Gap[] = [
	["front path", /doctor\/a%2Fb.* arrives as .*\/a\/b%20c\[d\]/, /./],
	["front path", /below .*api\/kernels .*refused by the proxy/, /./],
	["front query", /below .*api\/kernels .*is lost/, /proxy_pass/],
	[
		"front upgrade",
		/^WebSockets are not passed on/,
		/proxy_set_header Upgrade/,
	],
	["front http", /uses HTTP\/1\.0/, /proxy_http_version 1\.1/, "doubtful"],
	["front host", /localhost/, /proxy_set_header Host/, "doubtful"],
];
const APACHE: Gap[] = [
	["front path", /a%2Fb.* is answered 404 before the container/, /./],
	["front upgrade", /^WebSockets are not passed on/, /./],
];

for (const [front, start, gaps] of [
	["nginx", startNginx, NGINX],
	["Apache", startApache, APACHE],
] as const)
	test(`doctor names the gaps of ${front} as in Galaxy's documentation, and no others`, async (t) => {
		const place = placeFor(t, `doctor-${front.toLowerCase()}`);
		const site = await openSite(place);
		const port = await start(place, site);
		const examined = await examine([
			...["--sessions", site.galaxy.map],
			...["--port", String(site.proxyPort), "--probe", "--silence", "2"],
			...["--url", `http://localhost:${port}/galaxy`],
		]);
		for (const [name, what, remedy, verdict = "wrong"] of gaps)
			expectDiagnosis(examined, { name, verdict, what, remedy });
		const names = new Set<string>(gaps.map(([name]) => name));
		const others = examined.findings.filter(
			({ name, verdict }) => verdict === "wrong" && !names.has(name),
		);
		assert.deepEqual(others, []);
	});

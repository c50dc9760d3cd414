import assert from "node:assert/strict";
import { test } from "node:test";
import { examine } from "../doctor/examined.js";
import { startApache, startNginx } from "./support/fronts.js";
import { placeFor } from "./support/place.js";
import { openSite } from "./support/site.js";

const NGINX = [
	["front path", /doctor\/a%2Fb.* arrives as .*\/a\/b%20c\[d\]/],
	["front path", /below .*api\/kernels .*refused by the proxy/],
	["front query", /below .*api\/kernels .*is lost/],
	["front upgrade", /^WebSockets are not passed on/],
] as const;

const APACHE = [
	["front path", /a%2Fb.* is answered 404 on the way/],
	["front upgrade", /^WebSockets are not passed on/],
] as const;

for (const [front, start, gaps] of [
	["nginx", startNginx, NGINX],
	["Apache", startApache, APACHE],
] as const)
	test(`behind ${front} as in Galaxy's documentation doctor names the gaps and no others`, async (t) => {
		const place = placeFor(t, `doctor-${front.toLowerCase()}`);
		const site = await openSite(place);
		const port = await start(place, site);
		const { findings } = await examine([
			...["--sessions", site.galaxy.map],
			...["--port", String(site.proxyPort), "--probe", "--silence", "2"],
			...["--url", `http://localhost:${port}/galaxy`],
		]);
		const wrong = findings.filter(({ verdict }) => verdict === "wrong");
		for (const [name, what] of gaps)
			assert.ok(
				wrong.some((found) => found.name === name && what.test(found.what)),
				`${name} ${what}: ${JSON.stringify(findings, null, "\t")}`,
			);
		const names = new Set<string>(gaps.map(([name]) => name));
		assert.deepEqual(
			wrong.filter(({ name }) => !names.has(name)),
			[],
		);
	});

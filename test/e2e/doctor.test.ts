import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import {
	examine,
	expectDiagnosis,
	KEY,
	startRunning,
} from "../doctor/examined.js";
import { freePort } from "../support/free-port.js";
import { runNginx, startApache, startNginx } from "./support/fronts.js";
import { placeFor } from "./support/place.js";
import { openSite, startGalaxyPage } from "./support/site.js";

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
	[
		"front path",
		/a%2Fb.* is answered 404 before the container/,
		/AllowEncodedSlashes NoDecode.*nocanon|nocanon.*AllowEncodedSlashes NoDecode/,
	],
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

test("nginx replaces errors with its own page and status 200", async (t) => {
	const place = placeFor(t, "doctor-intercepted-page");
	const galaxyPort = await startGalaxyPage(place, KEY);
	const { daemon, args } = await startRunning(t);
	const port = await freePort();
	writeFileSync(place.file("sorry.html"), "<p>Sorry");
	const http = `client_max_body_size 0;
server {
listen 127.0.0.1:${port};
location /galaxy/gie_proxy {
    proxy_pass http://127.0.0.1:${daemon.port};
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $http_connection;
    proxy_set_header Host $http_host;
    proxy_buffering off;
    proxy_intercept_errors on;
    error_page 403 404 502 503 504 =200 /sorry.html;
}
location = /sorry.html { root ${place.folder}; }
location / { proxy_pass http://127.0.0.1:${galaxyPort}; }
}`;
	await runNginx(place, port, http);
	const url = ["--url", `http://127.0.0.1:${port}/galaxy`];
	expectDiagnosis(await examine([...args, ...url, "--probe"]), {
		name: "front errors",
		what: /403 arrives as 200.*its own answer/,
		remedy: /proxy_intercept_errors off/,
	});
});

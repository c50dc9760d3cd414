import { writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import {
	type Examined,
	examine,
	expectDiagnosis,
	KEY,
	startRunning,
} from "../doctor/examined.js";
import { runApache, runNginx } from "./support/fronts.js";
import { type Place, placeFor } from "./support/place.js";
import { startGalaxyPage } from "./support/site.js";
import { freePort } from "./support/until.js";

interface Running {
	readonly place: Place;
	readonly proxyPort: number;
	readonly galaxyPort: number;
	/** doctor's flags. */
	readonly args: string[];
}

async function start(
	t: TestContext,
	name: string,
	...args: string[]
): Promise<Running> {
	const place = placeFor(t, `doctor-${name}`);
	const galaxyPort = await startGalaxyPage(place, KEY);
	const { daemon, args: own } = await startRunning(t, { args });
	const { port: proxyPort } = daemon;
	return { place, proxyPort, galaxyPort, args: [...own, ...args] };
}

/** Doctor's findings behind an nginx server with these locations, and Galaxy for the rest. */
async function examineBehindNginx(
	{ place, galaxyPort, args }: Running,
	locations: string,
	path = "/galaxy",
): Promise<Examined> {
	const port = await freePort();
	const http = `client_max_body_size 0;
server {
listen 127.0.0.1:${port};
${locations}
location / { proxy_pass http://127.0.0.1:${galaxyPort}; }
}`;
	await runNginx(place, port, http);
	const url = ["--url", `http://127.0.0.1:${port}${path}`];
	return await examine([...args, ...url, "--probe"]);
}

test("nginx removes /galaxy from the path", async (t) => {
	const prefix = ["--proxy-prefix", "/galaxy/gie_proxy"];
	const running = await start(t, "stripped", ...prefix);
	const location = `location /galaxy/gie_proxy/ { proxy_pass http://127.0.0.1:${running.proxyPort}/gie_proxy/; }`;
	expectDiagnosis(await examineBehindNginx(running, location), {
		name: "front prefix",
		what: /below \/galaxy\/gie_proxy reach the proxy, but not below/,
		remedy: /nginx a proxy_pass without a path/,
	});
});

test("cookie_path is /galaxy, and Galaxy and its environments are at /", async (t) => {
	const prefix = ["--proxy-prefix", "/gie_proxy"];
	const running = await start(t, "cookie-path", ...prefix);
	const location = `location /gie_proxy { proxy_pass http://127.0.0.1:${running.proxyPort}; }`;
	expectDiagnosis(await examineBehindNginx(running, location, ""), {
		name: "cookie",
		what: /for \/galaxy, so browsers do not send it to \/gie_proxy/,
		remedy: /cookie_path in Galaxy/,
	});
});

test("Apache decodes encoded characters in paths", async (t) => {
	const running = await start(t, "encoded");
	const { place, proxyPort, galaxyPort, args } = running;
	const port = await freePort();
	const to = `http://127.0.0.1:${proxyPort}/galaxy/gie_proxy`;
	await runApache(place, port, {
		modules: [],
		config: `<VirtualHost *:${port}>
ProxyPass /galaxy/gie_proxy ${to} upgrade=websocket
ProxyPass / http://127.0.0.1:${galaxyPort}/
</VirtualHost>`,
	});
	const url = ["--url", `http://127.0.0.1:${port}/galaxy`];
	expectDiagnosis(await examine([...args, ...url, "--probe"]), {
		name: "front path",
		what: /%2F.* 404/,
		remedy:
			/AllowEncodedSlashes NoDecode.*nocanon|nocanon.*AllowEncodedSlashes NoDecode/,
	});
});

test("nginx replaces errors with its own page and status 200", async (t) => {
	const running = await start(t, "intercepted-page");
	const { place, proxyPort } = running;
	writeFileSync(place.file("sorry.html"), "<p>Sorry");
	const locations = `location /galaxy/gie_proxy {
    proxy_pass http://127.0.0.1:${proxyPort};
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $http_connection;
    proxy_set_header Host $http_host;
    proxy_buffering off;
    proxy_intercept_errors on;
    error_page 403 404 502 503 504 =200 /sorry.html;
}
location = /sorry.html { root ${place.folder}; }`;
	expectDiagnosis(await examineBehindNginx(running, locations), {
		name: "front errors",
		what: /403 arrives as 200.*its own answer/,
		remedy: /proxy_intercept_errors off/,
	});
});

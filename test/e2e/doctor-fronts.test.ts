import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import {
	examine,
	expectDiagnosis,
	KEY,
	type Running,
	startRunning,
} from "../doctor/examined.js";
import { runApache, runNginx, withPorts } from "./support/fronts.js";
import { placeFor } from "./support/place.js";
import { freePort } from "./support/until.js";

/** Galaxy's page, which sets the session cookie for this path; resolves with its port. */
async function startGalaxy(
	t: TestContext,
	cookiePath: string,
): Promise<number> {
	const server = createServer((_request, response) => {
		const cookie = `galaxysession=${KEY}; Path=${cookiePath}; HttpOnly`;
		response.setHeader("Set-Cookie", cookie).end("Galaxy");
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	return (server.address() as AddressInfo).port;
}

/** An nginx server with these locations, and Galaxy for the rest; resolves with its origin. */
async function behindNginx(
	t: TestContext,
	name: string,
	{ galaxyPort, locations }: { galaxyPort: number; locations: string },
): Promise<string> {
	const port = await freePort();
	const http = `client_max_body_size 0;
server {
listen 127.0.0.1:${port};
${locations}
location / { proxy_pass http://127.0.0.1:${galaxyPort}; }
}`;
	await runNginx(placeFor(t, `doctor-${name}`), port, http);
	return `http://127.0.0.1:${port}`;
}

test("nginx takes /galaxy away from the path", async (t) => {
	const prefix = ["--proxy-prefix", "/galaxy/gie_proxy"];
	const { daemon, args } = await startRunning(t, { args: prefix });
	const galaxyPort = await startGalaxy(t, "/galaxy");
	const origin = await behindNginx(t, "stripped", {
		galaxyPort,
		locations: `location /galaxy/gie_proxy/ { proxy_pass http://127.0.0.1:${daemon.port}/gie_proxy/; }`,
	});
	const url = ["--url", `${origin}/galaxy`];
	expectDiagnosis(await examine([...args, ...prefix, ...url, "--probe"]), {
		name: "front prefix",
		what: /below \/galaxy\/gie_proxy reach the proxy, but not below/,
		remedy: /nginx a proxy_pass without a path/,
	});
});

test("cookie_path is /galaxy, and Galaxy and its environments are at /", async (t) => {
	const prefix = ["--proxy-prefix", "/gie_proxy"];
	const { daemon, args } = await startRunning(t, { args: prefix });
	const galaxyPort = await startGalaxy(t, "/galaxy");
	const origin = await behindNginx(t, "cookie-path", {
		galaxyPort,
		locations: `location /gie_proxy { proxy_pass http://127.0.0.1:${daemon.port}; }`,
	});
	const url = ["--url", origin];
	expectDiagnosis(await examine([...args, ...prefix, ...url, "--probe"]), {
		name: "cookie",
		what: /for \/galaxy, so browsers do not send it to \/gie_proxy/,
		remedy: /cookie_path in Galaxy/,
	});
});

test("nginx has the block of Galaxy's documentation", async (t) => {
	const { daemon, args } = await startRunning(t);
	const galaxyPort = await startGalaxy(t, "/galaxy");
	const behind = { proxyPort: daemon.port, galaxyPort };
	const origin = await behindNginx(t, "documented", {
		galaxyPort,
		locations: withPorts("galaxy-docs.nginx.conf", behind),
	});
	const url = ["--url", `${origin}/galaxy`];
	const examined = await examine([...args, ...url, "--probe"]);
	expectDiagnosis(examined, {
		name: "front http",
		verdict: "doubtful",
		what: /asks in HTTP\/1\.0/,
		remedy: /proxy_http_version 1\.1/,
	});
	expectDiagnosis(examined, {
		name: "front upgrade",
		what: /^WebSockets are not passed on/,
		remedy: /proxy_set_header Upgrade/,
	});
	expectDiagnosis(examined, {
		name: "front query",
		what: /below .*api\/kernels .*is lost/,
		remedy: /proxy_pass/,
	});
	expectDiagnosis(examined, {
		name: "front host",
		verdict: "doubtful",
		what: /localhost/,
		remedy: /proxy_set_header Host/,
	});
});

test("Apache decodes what is encoded in paths", async (t) => {
	const { daemon, args } = await startRunning(t);
	const galaxyPort = await startGalaxy(t, "/galaxy");
	const port = await freePort();
	const to = `http://127.0.0.1:${daemon.port}/galaxy/gie_proxy`;
	await runApache(placeFor(t, "doctor-encoded"), port, {
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

test("nginx puts a page of its own, and 200, in the place of errors", async (t) => {
	const running: Running = await startRunning(t);
	const { daemon, args } = running;
	const galaxyPort = await startGalaxy(t, "/galaxy");
	const place = placeFor(t, "doctor-intercepted-page");
	writeFileSync(place.file("sorry.html"), "<p>Sorry");
	const origin = await behindNginx(t, "intercepted", {
		galaxyPort,
		locations: `location /galaxy/gie_proxy {
    proxy_pass http://127.0.0.1:${daemon.port};
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $http_connection;
    proxy_set_header Host $http_host;
    proxy_buffering off;
    proxy_intercept_errors on;
    error_page 403 404 502 503 504 =200 /sorry.html;
}
location = /sorry.html { root ${place.folder}; }`,
	});
	const url = ["--url", `${origin}/galaxy`];
	expectDiagnosis(await examine([...args, ...url, "--probe"]), {
		name: "front errors",
		what: /403 arrives as 200.*an answer of its own/,
		remedy: /proxy_intercept_errors off/,
	});
});

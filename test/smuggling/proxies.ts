import { writeFileSync } from "node:fs";
import { runNginx } from "../e2e/support/fronts.js";
import { type Place, PROXY_MAIN, ROOT } from "../e2e/support/place.js";
import { isListening } from "../e2e/support/until.js";
import { freePort } from "../support/free-port.js";
import { writeSessionMap } from "../support/session-map.js";

/** Starts a proxy that sends each session to the container at its port; resolves with the proxy's port. */
export type StartProxy = (
	place: Place,
	sessions: ReadonlyMap<string, number>,
) => Promise<number>;

export const startOurs: StartProxy = (place, sessions) => {
	const map = place.file("map.sqlite");
	const rows = [...sessions].map(([key, port]) => [
		key,
		{ host: "127.0.0.1", port },
	]);
	writeSessionMap(map, Object.fromEntries(rows));
	return run(place, "ours", (port) => [
		...[process.execPath, PROXY_MAIN, "--sessions", map, "--ip", "127.0.0.1"],
		...["--port", `${port}`, "--keep-alive", "always"],
	]);
};

/** http-proxy with connections kept alive, which is known to be wrong (CVE-2026-29057). */
export const startHttpProxy: StartProxy = (place, sessions) =>
	run(place, "http-proxy", (port) => [
		...[process.execPath, `${ROOT}/test/smuggling/control.mjs`],
		...[`${port}`, JSON.stringify([...sessions])],
	]);

/** The session's cookie selects the container; connections are reused. */
export const startHaproxy: StartProxy = (place, sessions) =>
	run(place, "haproxy", (port) => {
		const keys = [...sessions.keys()];
		const chosen = keys.map(
			(key) =>
				`  use_backend ${key} if { req.cook(galaxysession) -m str ${key} }`,
		);
		const backends = [...sessions].map(
			([key, to]) => `
backend ${key}
  http-reuse always
  server container 127.0.0.1:${to}`,
		);
		const config = place.file("haproxy.cfg");
		writeFileSync(
			config,
			`defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
frontend front
  bind 127.0.0.1:${port}
${chosen.join("\n")}
  http-request deny deny_status 403 unless { req.cook(galaxysession) -m str ${keys.join(" ")} }
${backends.join("\n")}
`,
		);
		return ["haproxy", "-db", "-f", config];
	});

/** The session's cookie selects a group of one container, with connections kept alive. */
export const startNginxProxy: StartProxy = async (place, sessions) => {
	const port = await freePort();
	const entries = [...sessions].map(([key]) => `${key} ${key};`).join(" ");
	const groups = [...sessions].map(
		([key, to]) => `
  upstream ${key} { server 127.0.0.1:${to}; keepalive 8; }`,
	);
	const http = `
  map $cookie_galaxysession $container { default ""; ${entries} }
  map $http_upgrade $gie_connection { default upgrade; "" ""; }${groups.join("")}
  server {
    listen 127.0.0.1:${port};
    access_log off;
    if ($container = "") { return 403; }
    location / {
      proxy_pass http://$container;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $gie_connection;
    }
  }`;
	return runNginx(place, port, http, "nginx-proxy");
};

async function run(
	place: Place,
	name: string,
	command: (port: number) => string[],
): Promise<number> {
	const port = await freePort();
	await place.startReady(name, command(port), () => isListening(port));
	return port;
}

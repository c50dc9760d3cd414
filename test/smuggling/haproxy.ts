import { writeFileSync } from "node:fs";
import type { Place } from "../e2e/support/place.js";
import { freePort, isListening, until } from "../e2e/support/until.js";

/** HAProxy as a proxy: the session's cookie leads to the container, connections are used again. */
export async function startHaproxy(
	place: Place,
	sessions: ReadonlyMap<string, number>,
): Promise<number> {
	const port = await freePort();
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
	writeFileSync(
		place.file("haproxy.cfg"),
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
	place.start("haproxy", ["haproxy", "-db", "-f", place.file("haproxy.cfg")]);
	await until("HAProxy to listen", () => isListening(port));
	return port;
}

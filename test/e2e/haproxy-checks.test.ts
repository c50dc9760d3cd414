import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startWatched } from "../support/admin.js";
import { ask, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { freePort } from "../support/free-port.js";
import { writeSessionMap } from "../support/session-map.js";
import { placeFor } from "./support/place.js";
import { isListening, until } from "./support/until.js";

/** HAProxy's plain check (HTTP/1.0 without Host), and the two forms of HTTP/1.1. */
const CHECKS = [
	"option httpchk GET /readyz",
	"option httpchk GET /readyz HTTP/1.1",
	"option httpchk\nhttp-check send meth HEAD uri /readyz ver HTTP/1.1 hdr Host proxy.example",
];

for (const check of CHECKS)
	test(`HAProxy's checks follow the readiness: ${check}`, async (t) => {
		const place = placeFor(t, `haproxy-check-${CHECKS.indexOf(check)}`);
		const container = await startAnswering(t);
		const map = join(place.folder, "session_map.sqlite");
		const env = { GALAXY_PROXY_ADMIN_TOKEN: "c0ffee" };
		const { daemon, port: admin } = await startWatched(t, { map, env });
		const port = await freePort();
		const config = place.file("haproxy.cfg");
		writeFileSync(
			config,
			`defaults
mode http
timeout connect 5s
timeout client 10s
timeout server 10s
frontend users
bind 127.0.0.1:${port}
default_backend proxies
backend proxies
${check}
server one 127.0.0.1:${daemon.port} check port ${admin} inter 100 rise 1 fall 1
`,
		);
		const command = ["haproxy", "-db", "-f", config];
		await place.startReady("haproxy", command, () => isListening(port));
		const status = async () => (await ask(t, port, request("GET /"))).status;
		await until("503, without a session map", async () => {
			return (await status()) === 503;
		});
		writeSessionMap(map, { abc: container });
		await until("200, once it is ready", async () => (await status()) === 200);
		daemon.child.kill("SIGTERM");
		assert.equal(await daemon.exited(), 0);
	});

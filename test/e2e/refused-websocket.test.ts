import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ask, head, UPGRADE } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";
import { freePort } from "../support/free-port.js";
import { hostOf, KEY, startToolMap, TOKEN } from "../support/tools.js";
import { runNginx } from "./support/fronts.js";
import { type Place, placeFor } from "./support/place.js";
import { APPS } from "./support/real/server.js";
import { isListening } from "./support/until.js";

const HINT = "nginx: proxy_set_header Host $http_host;";

/** The block of Galaxy's documentation, on a port of its own, with this value in Host. */
function startFront(place: Place, proxyPort: number, host: string) {
	return freePort().then((port) =>
		runNginx(
			place,
			port,
			`server {
listen 127.0.0.1:${port};
server_name *.interactivetool.galaxy.example;
location / {
    proxy_redirect off;
    proxy_http_version 1.1;
    proxy_set_header Host ${host};
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "upgrade";
    proxy_pass http://localhost:${proxyPort};
}
}`,
		),
	);
}

/** Tornado refuses as Jupyter does: with its rule. */
async function startTool(t: TestContext, place: Place) {
	const port = await freePort();
	const command = ["/usr/bin/python3", `${APPS}/tornado_app.py`, String(port)];
	await place.startReady("tornado", command, () => isListening(port));
	const map = startToolMap(t);
	await map.put(KEY, TOKEN, "127.0.0.1", port);
	return startDaemon(t, { map: map.path, args: ["--mode", "gxit"] });
}

for (const [host, status, hints] of [
	["$host", 403, 1],
	["$http_host", 101, 0],
] as const)
	test(`Tornado answers a WebSocket of its own page ${status} behind nginx with Host ${host} on a port of its own, and the cure is logged ${hints} times`, async (t) => {
		const place = placeFor(t, `refused-websocket-${status}`);
		const daemon = await startTool(t, place);
		const port = await startFront(place, daemon.port, host);
		const name = `${hostOf()}:${port}`;
		const lines = [`Host: ${name}`, `Origin: http://${name}`, ...UPGRADE];
		const upgrade = head("GET /socket HTTP/1.1", ...lines);
		for (const _ of [1, 2])
			assert.equal((await ask(t, port, upgrade)).status, status);
		assert.equal(await daemon.stop(), 0);
		const told = daemon.lines.filter(({ msg }) => msg?.endsWith(HINT));
		assert.equal(told.length, hints);
	});

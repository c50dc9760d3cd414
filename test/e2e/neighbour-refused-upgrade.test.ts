import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, request, SESSION, upgrade } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { freePort } from "../support/free-port.js";
import { runApache, withPorts } from "./support/fronts.js";
import { PREFIX } from "./support/neighbours.js";
import { placeFor } from "./support/place.js";

/** The documented block has ws:// for it, so that Apache opens a tunnel. */
const CHANNELS = `${PREFIX}/jupyter/ipython/api/kernels/1/channels`;
/** Outside of all of Apache's locations. */
const RAW = request("GET /raw");

/** From 2.4.48 on mod_proxy_http, which reads answers, would replace the tunnel. */
const TUNNELS = "ProxyWebsocketFallbackToProxyHttp Off\n";

test("a container that answers an upgrade with 200 gets no raw connection through Apache", async (t) => {
	const place = placeFor(t, "neighbour-refused-upgrade");
	const container = await startAnswering(t);
	const daemon = await startDaemon(t, { sessions: { [SESSION]: container } });
	const port = await freePort();
	const block = withPorts("galaxy-docs.apache.conf", {
		proxyPort: daemon.port,
		galaxyPort: await freePort(),
	});
	await runApache(place, port, { modules: [], config: TUNNELS + block });
	const targets = () => container.requests.map(({ target }) => target);

	await t.test("by a request after the answer", async (t) => {
		const client = await connect(t, port);
		const answer = await client.send(upgrade(CHANNELS)).response();
		assert.equal(answer.status, 200);
		client.send(RAW);
		await client.closed;
		assert.deepEqual(targets(), [CHANNELS]);
	});
	await t.test("by a request right after the upgrade", async (t) => {
		const client = await connect(t, port);
		const answer = await client.send(upgrade(CHANNELS) + RAW).response();
		assert.equal(answer.status, 200);
		await client.closed;
		assert.deepEqual(targets(), [CHANNELS, CHANNELS]);
	});
});

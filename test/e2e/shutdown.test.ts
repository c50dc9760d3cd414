import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { WebSocket } from "ws";
import { startContainer } from "./support/container.js";
import { curl } from "./support/curl.js";
import { BASE } from "./support/jupyter.js";
import { placeFor } from "./support/place.js";
import { launchAt } from "./support/site.js";
import { isListening } from "./support/until.js";

test("Galaxy's shutdown, SIGTERM and ten milliseconds later SIGKILL, leaves no process and no port", async (t) => {
	const place = placeFor(t, "shutdown");
	const { port } = await startContainer(place);
	const address = { host: "127.0.0.1", port };
	const { key, galaxy, pid, proxyPort } = await launchAt(place, address);
	const idle = connect(proxyPort, "127.0.0.1");
	await once(idle, "connect");
	const headers = { Cookie: `galaxysession=${key}` };
	const url = `localhost:${proxyPort}${BASE}`;
	const socket = new WebSocket(`ws://${url}channels`, { headers });
	await once(socket, "open");
	const bothClosed = Promise.all([once(idle, "close"), once(socket, "close")]);
	idle.on("error", () => idle.destroy());
	idle.resume();

	const { killed, code } = await galaxy.shutdown();
	t.diagnostic(
		`ended ${killed ? "by SIGKILL" : "in time"}, Python's return code ${code}`,
	);
	assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
	assert.equal(await isListening(proxyPort), false);
	await bothClosed;

	const restarted = await galaxy.launch({ key, ...address });
	assert.notEqual(restarted, pid);
	const after = await curl(place, key, "after", [`http://${url}ok`]);
	assert.equal(after.status, 200);
});

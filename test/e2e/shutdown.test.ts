import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { WebSocket } from "ws";
import { Container } from "./support/container.js";
import { curl } from "./support/curl.js";
import { Galaxy } from "./support/galaxy.js";
import { BASE } from "./support/jupyter.js";
import { placeFor } from "./support/place.js";
import { newSession } from "./support/site.js";
import { isListening } from "./support/until.js";

test("Galaxy's shutdown, SIGTERM and ten milliseconds later SIGKILL, leaves no process and no port", async (t) => {
	const place = placeFor(t, "shutdown");
	const key = newSession();
	const container = await Container.start(place);
	const row = { key, host: "127.0.0.1", port: container.port };
	const galaxy = await Galaxy.open(place);
	const pid = await galaxy.launch(row);

	const idle = connect(galaxy.proxyPort, "127.0.0.1");
	await once(idle, "connect");
	const headers = { Cookie: `galaxysession=${key}` };
	const socket = new WebSocket(
		`ws://localhost:${galaxy.proxyPort}${BASE}channels`,
		{ headers },
	);
	await once(socket, "open");
	const bothClosed = Promise.all([once(idle, "close"), once(socket, "close")]);
	idle.on("error", () => idle.destroy());
	idle.resume();

	const { killed, code } = await galaxy.shutdown();
	t.diagnostic(
		`ended ${killed ? "by SIGKILL" : "by itself"}, Python's return code ${code}`,
	);
	assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
	assert.equal(await isListening(galaxy.proxyPort), false);
	await bothClosed;

	const restarted = await galaxy.launch(row);
	assert.notEqual(restarted, pid);
	const url = `http://localhost:${galaxy.proxyPort}${BASE}ok`;
	assert.equal((await curl(place, key, "after", [url])).status, 200);
});

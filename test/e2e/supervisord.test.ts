import assert from "node:assert/strict";
import { test } from "node:test";
import { Container } from "./support/container.js";
import { curl } from "./support/curl.js";
import { Galaxy } from "./support/galaxy.js";
import { BASE } from "./support/jupyter.js";
import { placeFor } from "./support/place.js";
import { newSession } from "./support/site.js";
import { Supervisor } from "./support/supervisor.js";
import { freePort, isListening, until } from "./support/until.js";

test("supervisord with the documented block runs the proxy, starts a killed one again and stops it", async (t) => {
	const place = placeFor(t, "supervisord");
	const port = await freePort();
	const supervisor = await Supervisor.start(place, port);

	const key = newSession();
	const container = await Container.start(place);
	const galaxy = Galaxy.unmanaged(
		place,
		`${supervisor.root}/database/session_map.sqlite`,
		port,
	);
	await galaxy.write({ key, host: "127.0.0.1", port: container.port });
	const works = async () => {
		await galaxy.mapIsRead();
		const { status } = await curl(place, key, "ok", [
			`http://localhost:${port}${BASE}ok`,
		]);
		assert.equal(status, 200);
	};
	await works();

	await until(
		"startsecs to pass",
		async () => (await supervisor.status()).state === "RUNNING",
	);
	const { pid } = await supervisor.status();
	process.kill(pid, "SIGKILL");
	await until("another proxy to be running", async () => {
		const now = await supervisor.status();
		return now.pid !== pid && now.pid !== 0 && (await isListening(port));
	});
	await works();

	await supervisor.stop();
	assert.equal((await supervisor.status()).state, "STOPPED");
	assert.equal(await isListening(port), false);
});

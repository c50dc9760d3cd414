import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { startAnswering } from "../support/answering.js";
import { repository, startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/galaxy-map.js";
import { connect, type RawClient } from "../support/raw-client.js";
import { request } from "../support/request-text.js";

const PASS = join(repository, "test/support/pass-sockets.py");
const LIMITED = ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"];

/** The socket is there before anybody listens on it, and is listened on before Node runs. */
async function firstClient(
	t: TestContext,
	path: string,
	starting: Promise<unknown>,
): Promise<RawClient> {
	let failed: unknown;
	starting.catch((error: unknown) => {
		failed = error;
	});
	while (failed === undefined) {
		const client = await connect(t, 0, { path }).catch(() => null);
		if (client !== null) return client;
		await turn();
	}
	throw failed;
}

// They took the descriptors that loading the proxy needs, and the daemon ended.
test("clients that wait since before the start do not end the daemon", async (t) => {
	const container = await startAnswering(t);
	const path = join(scratchFolder(t), "proxy.sock");
	const starting = startDaemon(t, {
		sessions: { abc: container },
		within: [...LIMITED, "python3", PASS, "own", path, "--"],
		args: ["--max-clients", "1000"],
		stillLoads: true,
	});
	const crowd = [await firstClient(t, path, starting)];
	while (crowd.length < 64) crowd.push(await connect(t, 0, { path }));
	const daemon = await starting;
	for (const client of crowd) {
		client.end();
		await client.closed;
	}
	await daemon.logged(({ msg }) => msg === "session map readable");
	const client = await connect(t, 0, { path });
	const { status } = await client.send(request("GET /")).response();
	assert.equal(status, 200);
});

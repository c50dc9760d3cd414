import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { connect, type RawClient, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import {
	type Daemon,
	type DaemonOptions,
	startDaemon,
} from "../support/daemon.js";
import { repository, scratchFolder } from "../support/folders.js";

const PASS = join(repository, "test/support/pass-sockets.py");
const DESCRIPTORS = 64;
const LIMITED = ["sh", "-c", `ulimit -n ${DESCRIPTORS}; exec "$@"`, "sh"];

async function startLoading(
	t: TestContext,
	...within: string[]
): Promise<Daemon> {
	const container = await startAnswering(t);
	const options: DaemonOptions = {
		sessions: { abc: container },
		within: [...LIMITED, ...within],
		args: ["--max-clients", "1000"],
		stillLoads: true,
	};
	return await startDaemon(t, options);
}

/** Ends the crowd; the daemon then serves a request. */
async function survives(
	daemon: Daemon,
	crowd: readonly RawClient[],
	open: () => Promise<RawClient>,
): Promise<void> {
	for (const client of crowd) {
		client.end();
		await client.closed;
	}
	await daemon.logged(({ msg }) => msg === "session map readable");
	const client = await open();
	const { status } = await client.send(request("GET /")).response();
	assert.equal(status, 200);
}

// The clients took the descriptors that loading the proxy needs, and the daemon ended.
test("clients that take every descriptor while the daemon is loading do not end it", {
	skip: process.platform !== "linux" && "the limit is read in /proc",
}, async (t) => {
	const daemon = await startLoading(t);
	const open = () => connect(t, daemon.port);
	const crowd: RawClient[] = [];
	while (crowd.length < DESCRIPTORS) crowd.push(await open());
	await Promise.any(crowd.map((client) => client.closed));
	await survives(daemon, crowd, open);
});

test("clients that connected before the start do not end the daemon", async (t) => {
	const path = join(scratchFolder(t), "proxy.sock");
	const open = () => connect(t, 0, { path });
	const starting = startLoading(t, "python3", PASS, "own", path, "--");
	const crowd = [await firstClient(open, starting)];
	while (crowd.length < DESCRIPTORS) crowd.push(await open());
	await survives(await starting, crowd, open);
});

/** The socket exists before it is listened on, and is listened on before Node runs. */
async function firstClient(
	open: () => Promise<RawClient>,
	starting: Promise<unknown>,
): Promise<RawClient> {
	let failed: unknown;
	starting.catch((error: unknown) => {
		failed = error;
	});
	while (failed === undefined) {
		const client = await open().catch(() => undefined);
		if (client !== undefined) return client;
		await turn();
	}
	throw failed;
}

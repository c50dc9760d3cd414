import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startAnswering } from "../support/answering.js";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/galaxy-map.js";
import { connect, type RawClient } from "../support/raw-client.js";
import { request } from "../support/request-text.js";

const skip = process.getuid?.() !== 0 && "mount namespaces need root";
/** Of the loopback network, where no name server of this machine listens. */
const NAME_SERVER = "127.7.7.7";

/** The words that run a program to which the only name server is one that never answers. */
async function withSilentNameServer(t: TestContext): Promise<string[]> {
	const server = createSocket("udp4").bind(53, NAME_SERVER);
	await once(server, "listening");
	t.after(() => server.close());
	const file = join(scratchFolder(t), "resolv.conf");
	writeFileSync(file, `nameserver ${NAME_SERVER}\n`);
	const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
	return ["unshare", "--mount", "sh", "-c", script, file];
}

async function statusAs(client: RawClient, key: string): Promise<number> {
	const text = request("GET /").replace("=abc", `=${key}`);
	return (await client.send(text).response()).status;
}

test("names that no name server answers for cost their own users alone, and the log says what was waited for", {
	skip,
}, async (t) => {
	const { port } = await startAnswering(t);
	const names = ["hanging-1.example", "hanging-2.example", "hanging-3.example"];
	const sessions = {
		local: { host: "localhost", port },
		address: { host: "127.0.0.1", port },
		...Object.fromEntries(names.map((host) => [host, { host, port }])),
	};
	const daemon = await startDaemon(t, {
		sessions,
		within: await withSilentNameServer(t),
		args: ["--connect-timeout", "2", "--keep-alive", "never"],
	});
	const hanging = names.map(async (name) =>
		statusAs(await connect(t, daemon.port), name),
	);
	const client = await connect(t, daemon.port);
	let served = 0;
	const allTold = Promise.all(hanging).then((statuses) => ({ statuses }));
	let told: Awaited<typeof allTold> | undefined;
	void allTold.then((value) => {
		told = value;
	});
	while (told === undefined) {
		assert.equal(await statusAs(client, "local"), 200);
		assert.equal(await statusAs(client, "address"), 200);
		served++;
	}
	t.diagnostic(`${served} times two requests were served meanwhile`);
	assert.deepEqual(told.statuses, [504, 504, 504]);
	assert.ok(served > 10);
	const line = await daemon.logged(({ status }) => status === 504);
	assert.equal(line.cause, "name look-up timeout");
	assert.match(String(line.target), /^hanging-\d\.example:/);
});

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { as, connect, type RawClient, request } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";
import { Changes } from "../support/wait.js";

const skip = process.getuid?.() !== 0 && "mount namespaces need root";
/** A loopback address without a name server of this machine or of another run. */
const NAME_SERVER = `127.7.${randomInt(256)}.${randomInt(1, 255)}`;
/** A name that needs no name server. */
const KNOWN = "known.example";

interface SilentNameServer {
	/** Words that run a program which uses only this name server. */
	readonly within: string[];
	/** Resolves when so many names were looked up. */
	asked(names: number): Promise<unknown>;
}

async function startSilentNameServer(
	t: TestContext,
): Promise<SilentNameServer> {
	const server = createSocket("udp4").bind(53, NAME_SERVER);
	await once(server, "listening");
	t.after(() => server.close());
	const names = new Set<string>();
	const changes = new Changes();
	server.on("message", (query) => {
		// RFC 1035 4.1.1, 4.1.2: after twelve bytes, up to a zero.
		names.add(query.toString("latin1", 12, query.indexOf(0, 12)));
		changes.notify();
	});
	const folder = scratchFolder(t);
	writeFileSync(join(folder, "resolv.conf"), `nameserver ${NAME_SERVER}\n`);
	writeFileSync(join(folder, "hosts"), `127.0.0.1 localhost ${KNOWN}\n`);
	const mounts = ["resolv.conf", "hosts"].map(
		(name) => `mount --bind "$0/${name}" /etc/${name} && `,
	);
	const script = `${mounts.join("")}exec "$@"`;
	return {
		within: ["unshare", "--mount", "sh", "-c", script, folder],
		asked: (count) =>
			changes.wait(
				`${count} names`,
				() => names.size >= count || undefined,
				() => [...names].join(),
			),
	};
}

async function statusAs(client: RawClient, key: string): Promise<number> {
	return (await client.send(as(key, request("GET /"))).response()).status;
}

test("names for which the name server does not answer delay only their own sessions, and the log gives the cause", {
	skip,
}, async (t) => {
	const { port } = await startAnswering(t);
	const names = ["hanging-1.example", "hanging-2.example", "hanging-3.example"];
	const sessions = {
		local: { host: "localhost", port },
		address: { host: "127.0.0.1", port },
		known: { host: KNOWN, port },
		...Object.fromEntries(names.map((host) => [host, { host, port }])),
	};
	const { within, asked } = await startSilentNameServer(t);
	const daemon = await startDaemon(t, {
		sessions,
		within,
		args: ["--connect-timeout", "2", "--keep-alive", "never"],
	});
	const client = await connect(t, daemon.port);
	assert.equal(await statusAs(client, "known"), 200);
	const hanging = names.map(async (name) =>
		statusAs(await connect(t, daemon.port), name),
	);
	await asked(2);
	let served = 0;
	let statuses: number[] = [];
	void Promise.all(hanging).then((all) => {
		statuses = all;
	});
	while (statuses.length === 0) {
		for (const key of ["local", "address", "known"])
			assert.equal(await statusAs(client, key), 200);
		served++;
	}
	t.diagnostic(`three requests were served ${served} times meanwhile`);
	assert.deepEqual(statuses, [504, 504, 504]);
	// If they waited for a name that hangs, it would be at most one.
	assert.ok(served > 2);
	const line = await daemon.logged(({ status }) => status === 504);
	assert.equal(line.cause, "name look-up timeout");
	assert.match(String(line.target), /^hanging-\d\.example:/);
});

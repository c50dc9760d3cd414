import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { as, ask, request } from "../../support/client.js";
import { type Backend, startBackend } from "../../support/container.js";
import { type Daemon, startDaemon } from "../../support/daemon.js";
import { scratchFolder } from "../../support/folders.js";
import { startFullListener } from "../../support/full-listener.js";
import { noHostsFile, withHosts } from "../../support/hosts-file.js";

const skip = noHostsFile();
/** In the resolver's order (RFC 6724 6, rule 9), whatever the file's is. Other tests' ports are not at these addresses. */
const FIRST = "127.0.0.2";
const SECOND = "127.0.0.9";

/** A container that answers with its address. */
function startNamed(t: TestContext, host: string, port = 0): Promise<Backend> {
	return startBackend(
		t,
		async (connection) => {
			await connection.request();
			connection.send(
				`HTTP/1.1 200 OK\r\nContent-Length: ${host.length}\r\n\r\n${host}`,
			);
		},
		{ host, port },
	);
}

/** Names that have the same addresses; the sessions abc and other lead to the first, abc2 and other2 to the second. */
const NAMES = ["", "2", "3", "4", "5"].map((number) => ({
	host: `gie-node${number}`,
	first: `abc${number}`,
	next: `other${number}`,
}));

/** A daemon to which the names have these addresses. */
function startWith(
	t: TestContext,
	port: number,
	addresses: string[],
	args: string[] = [],
): Promise<Daemon> {
	const file = join(scratchFolder(t), "hosts");
	const hosts = NAMES.map(({ host }) => host).join(" ");
	writeFileSync(file, addresses.map((at) => `${at} ${hosts}\n`).join(""));
	const sessions = NAMES.flatMap(({ host, first, next }) =>
		[first, next].map((session) => [session, { host, port }] as const),
	);
	return startDaemon(t, {
		sessions: Object.fromEntries(sessions),
		within: withHosts(file),
		args: ["--keep-alive", "never", ...args],
	});
}

const get = request("GET /");

for (const hanging of [FIRST, "::1"])
	test(`if ${hanging} hangs, the other address is used within the connect timeout, and at once for the next session`, {
		skip,
	}, async (t) => {
		const { port } = await startNamed(t, SECOND);
		await startFullListener(t, hanging, port);
		const daemon = await startWith(
			t,
			port,
			[hanging, SECOND],
			["--connect-timeout", "1"],
		);
		const times: number[] = [];
		for (const { first, next } of NAMES) {
			assert.equal((await ask(t, daemon, as(first, get))).text, SECOND);
			const begun = performance.now();
			assert.equal((await ask(t, daemon, as(next, get))).text, SECOND);
			times.push(performance.now() - begun);
		}
		// The median, so that two pauses of a busy machine are no failure.
		const [, , median = Infinity] = times.toSorted((a, b) => a - b);
		assert.ok(median < 240, `${times} ms`);
	});

test("an address that wins is preferred until it fails", {
	skip,
}, async (t) => {
	const second = await startNamed(t, SECOND);
	const { port } = second;
	const daemon = await startWith(t, port, [FIRST, SECOND]);
	assert.equal((await ask(t, daemon, get)).text, SECOND);
	const first = await startNamed(t, FIRST, port);
	assert.equal((await ask(t, daemon, as("other", get))).text, SECOND);
	await second.kill();
	assert.equal((await ask(t, daemon, get)).text, FIRST);
	const again = await startNamed(t, SECOND, port);
	assert.equal((await ask(t, daemon, as("other", get))).text, FIRST);
	await first.kill();
	assert.equal((await ask(t, daemon, get)).text, SECOND);
	await again.kill();
	assert.equal((await ask(t, daemon, get)).status, 502);
	for (const host of [FIRST, SECOND]) await startNamed(t, host, port);
	assert.equal((await ask(t, daemon, get)).text, FIRST);
});

test("an address outside --allow-target is not tried", { skip }, async (t) => {
	const { port } = await startNamed(t, SECOND);
	const first = await startNamed(t, FIRST, port);
	const flags = ["--allow-target", `${SECOND}/32`];
	const daemon = await startWith(t, port, [FIRST, SECOND], flags);
	assert.equal((await ask(t, daemon, get)).text, SECOND);
	assert.equal(first.connections.length, 0);
});

test("504 if no address answers within the connect timeout", {
	skip,
}, async (t) => {
	const { port } = await startFullListener(t, FIRST);
	await startFullListener(t, SECOND, port);
	const flags = ["--connect-timeout", "1"];
	const daemon = await startWith(t, port, [FIRST, SECOND], flags);
	const { status } = await ask(t, daemon, get);
	assert.equal(status, 504);
});

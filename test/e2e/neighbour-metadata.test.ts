import assert from "node:assert/strict";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type TestContext, test } from "node:test";
import { type Daemon, startDaemon } from "../support/daemon.js";
import {
	addAddress,
	makeHostsFile,
	makeOtherHost,
	noNetwork,
	type OtherHost,
} from "./support/network.js";
import { type Place, placeFor } from "./support/place.js";
import { until } from "./support/until.js";

/** Clouds give a machine its credentials there. */
const METADATA = "169.254.169.254";
const MULTICAST = "224.0.0.99";
const MOVING = "moving.example";
/** A connection to 127.0.0.1, as the server sees it. */
const LOCAL = "::ffff:127.0.0.1";
const REFUSED =
	"no container may be there, or the target is outside --allow-target";

/** Listens on every address; prints its port, and the local address of each connection, which is also the answer. */
const SERVER = `
const server = require("node:http").createServer((request, response) =>
	response.end(request.socket.localAddress));
server.on("connection", ({ localAddress }) => console.log(localAddress));
server.listen(0, "::", () => console.log(server.address().port));`;

interface Listening {
	readonly port: number;
	/** The addresses of connections so far. */
	readonly reached: string[];
}

async function startServer(place: Place, host: OtherHost): Promise<Listening> {
	const command = [...host.within, process.execPath, "-e", SERVER];
	const { stdout } = place.start("server", command, { talks: true });
	const lines = createInterface({ input: stdout as Readable });
	const [port] = await once(lines, "line");
	const reached: string[] = [];
	lines.on("line", (address) => reached.push(address));
	return { port: Number(port), reached };
}

/** A daemon in the namespace, and requests to it from outside. */
async function startWithin(
	t: TestContext,
	host: OtherHost,
	rows: Record<string, { host: string; port: number }>,
	...flags: readonly string[]
): Promise<{ daemon: Daemon; ask(key: string): Promise<Response> }> {
	const daemon = await startDaemon(t, {
		sessions: rows,
		within: host.within,
		args: ["--ip", "0.0.0.0", "--keep-alive", "never", "--verbose", ...flags],
	});
	const ask = (key: string) =>
		fetch(`http://${host.address}:${daemon.port}/`, {
			headers: { Cookie: `galaxysession=${key}` },
		});
	return { daemon, ask };
}

test("no row reaches a metadata address under any name", {
	skip: noNetwork(),
}, async (t) => {
	const place = placeFor(t, "neighbour-metadata");
	const host = makeOtherHost(place);
	addAddress(host, `${METADATA}/32`);
	addAddress(host, `${MULTICAST}/32`);
	const writeHosts = makeHostsFile(place, host);
	const { port, reached } = await startServer(place, host);
	const closed = {
		address: METADATA,
		mapped: `::ffff:${METADATA}`,
		hexadecimal: "::ffff:a9fe:a9fe",
		multicast: MULTICAST,
		all: "ff02::1",
	};
	const rows: Record<string, { host: string; port: number }> = {};
	for (const [key, host] of Object.entries({ ...closed, moving: MOVING }))
		rows[key] = { host, port };

	await t.test("but --allow-target with the address opens it", async (t) => {
		const flags = ["--allow-target", METADATA];
		const { ask } = await startWithin(t, host, rows, ...flags);
		for (const key of ["address", "mapped", "hexadecimal"])
			assert.match(await (await ask(key)).text(), /169\.254\.169\.254$/);
		// The server's output and the answers come in either order.
		await until("three connections", () => reached.length >= 3);
		assert.equal(reached.splice(0).length, 3);
	});
	for (const flags of [[], ["--allow-target", `${MOVING},10.0.0.0/8`]])
		await t.test(`with ${flags.join(" ") || "no flag"}`, async (t) => {
			writeHosts(`127.0.0.1 ${MOVING}\n`);
			const { daemon, ask } = await startWithin(t, host, rows, ...flags);
			for (const key of Object.keys(closed))
				assert.equal((await ask(key)).status, 502);
			assert.deepEqual(reached, []);
			const status = async () => (await ask("moving")).status;
			assert.equal(await status(), 200);
			writeHosts(`${METADATA} ${MOVING}\n`);
			// An answer is kept for a second.
			const hasMoved = async () => (await status()) !== 200;
			await until("the name's new address", hasMoved);
			assert.equal(await status(), 502);
			assert.deepEqual(new Set(reached.splice(0)), new Set([LOCAL]));
			const name = `${MOVING}:${port}`;
			await daemon.logged(({ target, cause }) => target === name && !!cause);
			const causes = daemon.lines.flatMap(({ cause }) => cause ?? []);
			assert.deepEqual(new Set(causes), new Set([REFUSED]));
		});
});

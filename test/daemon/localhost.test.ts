import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { Listeners } from "../../src/proxy/listeners.js";
import { anonymous, connect } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";

const addresses = Object.values(networkInterfaces()).flatMap((each) =>
	(each ?? []).map(({ address }) => address),
);
const skip = !addresses.includes("::1") && "this machine has no ::1";

test("--ip localhost listens on 127.0.0.1 and ::1", { skip }, async (t) => {
	const daemon = await startDaemon(t, { args: ["--ip", "localhost"] });
	await daemon.logged(({ address }) => address === "::1");
	const listening = daemon.lines.filter(({ msg }) => msg === "listening");
	assert.deepEqual(
		listening.map(({ address, port }) => [address, port]),
		[
			["127.0.0.1", daemon.port],
			["::1", daemon.port],
		],
	);
	for (const host of ["127.0.0.1", "::1"]) {
		const client = await connect(t, daemon.port, { host });
		client.send(anonymous("GET /"));
		assert.equal((await client.response()).status, 403);
	}
});

test("if ::1 is taken, 127.0.0.1 stays closed", { skip }, async (t) => {
	// A port that is free on both: the system chooses one for each address.
	const free = createServer().listen(0, "127.0.0.1");
	t.after(() => free.close());
	await once(free, "listening");
	const { port } = free.address() as AddressInfo;
	const other = createServer().listen(port, "::1");
	t.after(() => other.close());
	await once(other, "listening");
	free.close();
	await once(free, "close");
	const listeners = new Listeners(() => undefined);
	t.after(() => listeners.close());
	await assert.rejects(listeners.listen("localhost", port), {
		code: "EADDRINUSE",
	});
	free.listen(port, "127.0.0.1");
	await once(free, "listening");
});

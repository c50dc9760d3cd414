import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { Listeners } from "../../src/proxy/listeners.js";

const hasIPv6 = Object.values(networkInterfaces()).some((list) =>
	list?.some(({ address }) => address === "::1"),
);
const skip = !hasIPv6 && "this machine has no ::1";

test("where ::1 is taken nothing is left open at 127.0.0.1", {
	skip,
}, async (t) => {
	const other = createServer().listen(0, "::1");
	t.after(() => other.close());
	await once(other, "listening");
	const { port } = other.address() as AddressInfo;
	const listeners = new Listeners(() => undefined);
	t.after(() => listeners.close());
	await assert.rejects(listeners.listen("localhost", port), {
		code: "EADDRINUSE",
	});
	const free = createServer().listen(port, "127.0.0.1");
	t.after(() => free.close());
	await once(free, "listening");
});

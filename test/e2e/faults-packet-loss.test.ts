import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { request as ask } from "node:http";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { startDaemon } from "../support/daemon.js";
import { addRule, noNetwork, startEchoHost } from "./support/network.js";
import { placeFor } from "./support/place.js";

/** Share of the packets in each direction. */
const LOST = 0.05;
const BYTES = 3_000_000;

function cannotLose(): string | false {
	const { error } = spawnSync("iptables", ["--version"]);
	return noNetwork() || (error ? "there is no iptables" : false);
}

function sum(bytes: Buffer): string {
	return createHash("sha256").update(bytes).digest("hex");
}

test("bodies to and from a host behind a cable that loses packets arrive complete", {
	skip: cannotLose(),
}, async (t) => {
	const place = placeFor(t, "packet-loss");
	const { host, port } = await startEchoHost(place);
	const lossy = `-m statistic --mode random --probability ${LOST} -j DROP`;
	for (const chain of ["INPUT", "OUTPUT"]) addRule(host, `${chain} ${lossy}`);
	const daemon = await startDaemon(t, {
		sessions: { abc: { host: host.address, port } },
		// A connection whose first packets are lost three times takes seven seconds.
		args: ["--connect-timeout", "60"],
	});
	const options = {
		...{ port: daemon.port, path: "/echo", method: "POST", agent: false },
		headers: { Cookie: "galaxysession=abc" },
	};
	const echoes = Array.from({ length: 4 }, async () => {
		const body = randomBytes(BYTES);
		const [answer] = await once(ask(options).end(body), "response");
		return [answer.statusCode, sum(await buffer(answer)) === sum(body)];
	});
	for (const echo of await Promise.all(echoes))
		assert.deepEqual(echo, [200, true]);
});

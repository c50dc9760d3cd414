import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { request as ask } from "node:http";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { startDaemon } from "../support/daemon.js";
import { startEchoHost } from "./support/echo-host.js";
import { noNetwork } from "./support/network.js";
import { placeFor } from "./support/place.js";

/** Of the packets each way. */
const LOST = 0.05;
const BYTES = 3_000_000;

function cannotLose(): string | false {
	const { error } = spawnSync("iptables", ["--version"]);
	return noNetwork() || (error ? "there is no iptables" : false);
}

function sum(bytes: Buffer): string {
	return createHash("sha256").update(bytes).digest("hex");
}

test("what goes to and from a host behind a cable that loses packets arrives whole", {
	skip: cannotLose(),
}, async (t) => {
	const place = placeFor(t, "packet-loss");
	const { host, port } = await startEchoHost(place);
	const [command = "", ...words] = host.within;
	for (const chain of ["INPUT", "OUTPUT"]) {
		const rule = [
			"-m",
			"statistic",
			"--mode",
			"random",
			"--probability",
			String(LOST),
			"-j",
			"DROP",
		];
		execFileSync(command, [...words, "iptables", "-A", chain, ...rule]);
	}
	const daemon = await startDaemon(t, {
		sessions: { abc: { host: host.address, port } },
		// A connection whose first packets are lost three times takes seven seconds.
		args: ["--connect-timeout", "60"],
	});
	const headers = { Cookie: "galaxysession=abc" };
	const options = {
		port: daemon.port,
		path: "/echo",
		method: "POST",
		headers,
		agent: false,
	};
	const echoes = Array.from({ length: 4 }, async () => {
		const body = randomBytes(BYTES);
		const [answer] = await once(ask(options).end(body), "response");
		return [answer.statusCode, sum(await buffer(answer)) === sum(body)];
	});
	for (const echo of await Promise.all(echoes))
		assert.deepEqual(echo, [200, true]);
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { connect, request, upgrade } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { noNetwork, startEchoHost } from "./support/network.js";
import { placeFor } from "./support/place.js";
import { until } from "./support/until.js";

/** Keep-alive probes begin after a minute without a byte and give up ten seconds later; the rest is a busy machine's. */
const NOTICED_MS = 180_000;

function cable(within: readonly string[], state: "up" | "down"): void {
	const [command = "", ...words] = within;
	execFileSync(command, [...words, "ip", "link", "set", "eth0", state]);
}

test("if a container's host vanishes silently its exchanges end, others are served, and it is found again", {
	skip: noNetwork(),
}, async (t) => {
	const place = placeFor(t, "vanished-host");
	const { host, port } = await startEchoHost(place);
	const near = await startAnswering(t);
	const daemon = await startDaemon(t, {
		sessions: { abc: { host: host.address, port }, near },
		args: ["--connect-timeout", "5", "--verbose"],
	});
	const tunnel = await connect(t, daemon.port);
	await tunnel.send(upgrade()).until("101");
	const waiting = await connect(t, daemon.port);
	waiting.send(request("GET /silent"));
	const client = await connect(t, daemon.port);
	const ask = async (text: string) =>
		(await client.send(text).response()).status;
	assert.equal(await ask(request("GET /small")), 200);

	cable(host.within, "down");
	const fresh = await connect(t, daemon.port);
	const begun = performance.now();
	const { status } = await fresh
		.send(request("POST /new", "Content-Length: 0"))
		.response();
	t.diagnostic(
		`a new connection: ${status} after ${Math.round(performance.now() - begun)} ms`,
	);
	assert.ok(status === 504 || status === 502);
	const told = await daemon.logged((line) => line.status === status);
	assert.equal(told.target, `${host.address}:${port}`);

	await until(
		"the tunnel and the request to end",
		async () => {
			assert.equal(await ask(request("GET /").replace("=abc", "=near")), 200);
			return tunnel.ending !== undefined && waiting.receivedBytes > 0;
		},
		{ patience: NOTICED_MS },
	);
	t.diagnostic(`noticed after ${Math.round(performance.now() - begun)} ms`);
	assert.equal((await waiting.response()).status, 502);
	await daemon.logged(({ termination }) => termination === "ST");
	await daemon.logged(
		({ path, termination }) => path === "/silent" && termination === "SH",
	);

	cable(host.within, "up");
	await until(
		"the host to be found",
		async () => (await ask(request("GET /small"))) === 200,
	);
});

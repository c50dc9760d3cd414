import assert from "node:assert/strict";
import { test } from "node:test";
import { switchProtocols } from "../proxy/tunnel/open-tunnel.js";
import { startBackend } from "../support/backend.js";
import { startDaemon } from "../support/daemon.js";
import { startProxy } from "../support/proxy.js";
import { connect } from "../support/raw-client.js";
import { COOKIE, head, UPGRADE } from "../support/request-text.js";

const OWN = "Origin: https://galaxy.example";
const FOREIGN = "Origin: https://1234-tool.galaxy.example";
const HIDDEN = "Host: localhost:8800";
const TOLD = "X-Forwarded-Host: galaxy.example";

function upgrade(...lines: string[]): string {
	return head("GET /ws HTTP/1.1", COOKIE, ...UPGRADE, ...lines);
}

const CASES: [what: string, status: number, ...lines: string[]][] = [
	["the page's host is Host's", 101, "Host: galaxy.example", OWN],
	["it is, with other ports", 101, "Host: galaxy.example:8443", OWN],
	["it is X-Forwarded-Host's", 101, "Host: backend:8800", TOLD, OWN],
	["the front hides nothing of it", 101, HIDDEN, TOLD, OWN],
	["there is no Origin", 101, "Host: other.example"],
	["another user's tool", 403, "Host: galaxy.example", FOREIGN],
	["another user's tool through a front", 403, HIDDEN, TOLD, FOREIGN],
	[
		"a site around Galaxy's",
		403,
		"Host: galaxy.example",
		"Origin: https://example",
	],
	["a page without an origin", 403, "Host: galaxy.example", "Origin: null"],
	["an empty Origin", 403, "Host: galaxy.example", "Origin:"],
	["the front hides the name", 101, HIDDEN, FOREIGN],
	["it hides it behind an address", 101, "Host: 127.0.0.1:8800", FOREIGN],
	["and behind one of IPv6", 101, "Host: [::1]:8800", FOREIGN],
	[
		"a name of somebody's that looks so",
		403,
		"Host: localhost.example",
		FOREIGN,
	],
];

for (const [what, status, ...lines] of CASES)
	test(`${status} to a WebSocket where ${what}`, async (t) => {
		const container = await startBackend(t, switchProtocols);
		const proxy = await startProxy(t, { abc: container });
		const client = await connect(t, proxy.port);
		const answer = await client.send(upgrade(...lines)).response();
		assert.equal(answer.status, status);
		assert.equal(container.connections.length, status === 101 ? 1 : 0);
		if (status === 101) return;
		assert.equal((await proxy.exchange(0)).fault, "foreignOrigin");
		assert.equal(await client.closed, "end");
	});

test("a front that hides the name is told of in the log, once, and none that does not", async (t) => {
	const container = await startBackend(t, switchProtocols);
	const daemon = await startDaemon(t, { sessions: { abc: container } });
	const open = async (...lines: string[]) => {
		const client = await connect(t, daemon.port);
		const { status } = await client.send(upgrade(...lines)).response();
		assert.equal(status, 101);
	};
	const told = () =>
		daemon.lines.filter(({ msg }) => /X-Forwarded-Host/.test(msg ?? ""));
	await open(HIDDEN, TOLD, OWN);
	await open("Host: galaxy.example", OWN);
	await open(HIDDEN);
	await open(HIDDEN, "Origin: http://localhost:8800");
	assert.equal(told().length, 0);
	await open(HIDDEN, OWN);
	const line = await daemon.logged(({ msg }) => /X-Forwarded/.test(msg ?? ""));
	assert.equal(line.level, "warn");
	await open(HIDDEN, FOREIGN);
	assert.equal(await daemon.stop(), 0);
	assert.equal(told().length, 1);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { switchProtocols } from "../proxy/tunnel/open-tunnel.js";
import { ask, COOKIE, head, UPGRADE } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { startRawChain } from "../support/proxy.js";
import { ONE_PROCESS } from "../support/workers.js";

const OWN = "Origin: https://galaxy.example";
const FOREIGN = "Origin: https://1234-tool.galaxy.example";
const PARENT = "Origin: https://example";
const HIDDEN = "Host: localhost:8800";
const TOLD = "X-Forwarded-Host: galaxy.example";

function upgrade(...lines: string[]): string {
	return head("GET /ws HTTP/1.1", COOKIE, ...UPGRADE, ...lines);
}

const CASES: [what: string, status: number, ...lines: string[]][] = [
	["Host is the page's host", 101, "Host: galaxy.example", OWN],
	["it is, with another port", 101, "Host: galaxy.example:8443", OWN],
	["X-Forwarded-Host is the page's host", 101, "Host: backend:8800", TOLD, OWN],
	["the front proxy sends X-Forwarded-Host", 101, HIDDEN, TOLD, OWN],
	["there is no Origin", 101, "Host: other.example"],
	["another user's tool", 403, "Host: galaxy.example", FOREIGN],
	["another user's tool through a front proxy", 403, HIDDEN, TOLD, FOREIGN],
	["Galaxy's parent domain", 403, "Host: galaxy.example", PARENT],
	["a page without an origin", 403, "Host: galaxy.example", "Origin: null"],
	["an empty Origin", 403, "Host: galaxy.example", "Origin:"],
	["the front proxy hides the name", 101, HIDDEN, FOREIGN],
	["it sends an address", 101, "Host: 127.0.0.1:8800", FOREIGN],
	["it sends an IPv6 address", 101, "Host: [::1]:8800", FOREIGN],
	["a foreign name like localhost", 403, "Host: localhost.example", FOREIGN],
];

for (const [what, status, ...lines] of CASES)
	test(`${status} to a WebSocket if ${what}`, {
		skip: ONE_PROCESS,
	}, async (t) => {
		const chain = await startRawChain(t, switchProtocols);
		const { client, proxy, container } = chain;
		const answer = await client.send(upgrade(...lines)).response();
		assert.equal(answer.status, status);
		assert.equal(container.connections.length, status === 101 ? 1 : 0);
		if (status === 101) return;
		assert.equal((await proxy.exchange(0)).fault, "foreignOrigin");
		assert.equal(await client.closed, "end");
	});

test("a front proxy that hides the name is logged once, other front proxies are not", async (t) => {
	const container = await startBackend(t, switchProtocols);
	const daemon = await startDaemon(t, { sessions: { abc: container } });
	const open = async (...lines: string[]) =>
		assert.equal((await ask(t, daemon, upgrade(...lines))).status, 101);
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

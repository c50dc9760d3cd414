import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ask, head, SESSION, UPGRADE } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { type Daemon, startDaemon } from "../support/daemon.js";
import {
	hostOf,
	KEY,
	pathOf,
	startToolDaemon,
	TOKEN,
} from "../support/tools.js";

const REFUSAL = head("HTTP/1.1 403 Forbidden", "Content-Length: 0");
const HINT = "proxy_set_header Host $http_host;";

/** The upgrade of a page, by path; `host` is what the front proxy sends. */
function upgrade(origin: string, host: string, target = `${pathOf()}/ws`) {
	const lines = [`Host: ${host}`, `Origin: ${origin}`, ...UPGRADE];
	return head(`GET ${target} HTTP/1.1`, ...lines);
}

/** Sends these one after the other and returns the ports that the warnings name. */
async function portsAfter(
	t: TestContext,
	daemon: Daemon,
	...messages: readonly string[]
): Promise<unknown[][]> {
	for (const message of messages) await ask(t, daemon, message);
	assert.equal(await daemon.stop(), 0);
	return daemon.lines
		.filter(({ msg }) => msg?.includes(HINT))
		.map(({ level, originPort, hostPort }) => [level, originPort, hostPort]);
}

function refusing(t: TestContext) {
	return startToolDaemon(t, { answer: REFUSAL });
}

test("a port that is missing in Host is logged once for a tool, with the line of nginx that cures it", async (t) => {
	const { daemon } = await refusing(t);
	const lost = upgrade("http://galaxy.example:8080", "galaxy.example");
	const ports = await portsAfter(t, daemon, lost, lost);
	assert.deepEqual(ports, [["warn", "8080", "none"]]);
});

test("each tool has its line, also by host, and none has a token or a host name", async (t) => {
	const { daemon, map } = await refusing(t);
	const { host, port } = await startAnswering(t, REFUSAL);
	await map.put("other", TOKEN, host, port);
	const name = hostOf("other");
	const ports = await portsAfter(
		t,
		daemon,
		upgrade("https://galaxy.example:8443", "galaxy.example"),
		upgrade(`http://${name.toUpperCase()}:8080`, name, "/ws"),
		upgrade("http://galaxy.example:8080", "galaxy.example"),
	);
	assert.deepEqual(ports, [
		["warn", "8443", "none"],
		["warn", "8080", "none"],
	]);
	const text = JSON.stringify(daemon.lines);
	for (const secret of [TOKEN, KEY, "galaxy.example"])
		assert.ok(!text.includes(secret), `${secret} in ${text}`);
});

test("another port, an added one and IPv6 count too", async (t) => {
	const { daemon, map } = await refusing(t);
	const cases = [
		["http://galaxy.example", "galaxy.example:4002"],
		["http://galaxy.example:8080", "galaxy.example:80"],
		["http://[::1]:8080", "[::1]"],
	] as const;
	const messages: string[] = [];
	for (const [at, [origin, host]] of cases.entries()) {
		const { host: address, port } = await startAnswering(t, REFUSAL);
		await map.put(`k${at}`, "t", address, port);
		messages.push(upgrade(origin, host, `${pathOf(`k${at}`, "t")}/ws`));
	}
	const ports = await portsAfter(t, daemon, ...messages);
	assert.deepEqual(ports, [
		["warn", "none", "4002"],
		["warn", "8080", "80"],
		["warn", "8080", "none"],
	]);
});

test("nothing is logged for equal ports, another host, no origin, or a request that is no upgrade", async (t) => {
	const { daemon } = await refusing(t);
	const ports = await portsAfter(
		t,
		daemon,
		upgrade("http://galaxy.example:8080", "Galaxy.example:8080"),
		upgrade("http://elsewhere.example:8080", "galaxy.example"),
		upgrade("null", "galaxy.example"),
		head(`GET ${pathOf()}/ws HTTP/1.1`, "Host: galaxy.example", ...UPGRADE),
		head(
			`GET ${pathOf()}/ws HTTP/1.1`,
			...["Host: galaxy.example", "Origin: http://galaxy.example:8080"],
		),
	);
	assert.deepEqual(ports, []);
});

for (const status of ["401 Unauthorized", "404 Not Found"])
	test(`nothing is logged for a container's ${status}`, async (t) => {
		const answer = head(`HTTP/1.1 ${status}`, "Content-Length: 0");
		const { daemon } = await startToolDaemon(t, { answer });
		const lost = upgrade("http://galaxy.example:8080", "galaxy.example");
		assert.deepEqual(await portsAfter(t, daemon, lost), []);
	});

test("nothing is logged for a 403 of the proxy itself", async (t) => {
	const { daemon, container } = await startToolDaemon(t, {
		answer: REFUSAL,
		args: ["--cors", "http://galaxy.example"],
	});
	const lost = upgrade("http://galaxy.example:8080", "galaxy.example");
	assert.deepEqual(await portsAfter(t, daemon, lost), []);
	assert.equal(container.requests.length, 0);
});

test("an environment's refusal is logged too", async (t) => {
	const container = await startAnswering(t, REFUSAL);
	const daemon = await startDaemon(t, { sessions: { [SESSION]: container } });
	const cookie = `Cookie: galaxysession=${SESSION}`;
	const lines = ["Host: galaxy.example", "Origin: http://galaxy.example:8080"];
	const lost = head("GET /ws HTTP/1.1", ...lines, cookie, ...UPGRADE);
	const ports = await portsAfter(t, daemon, lost, lost);
	assert.deepEqual(ports, [["warn", "8080", "none"]]);
});

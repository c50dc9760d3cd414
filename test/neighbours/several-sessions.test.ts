import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { askForPage, titleOf } from "../proxy/page-asked.js";
import { anonymous, ask, connect, UPGRADE, values } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { startProxy } from "../support/proxy.js";
import { ONE_PROCESS } from "../support/workers.js";

const BODY = (text: string) =>
	`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;

async function startTwo(t: TestContext) {
	const victims = await startAnswering(t, BODY("victim's"));
	const attackers = await startAnswering(t, BODY("attacker's"));
	const rows = { victim: victims, attacker: attackers };
	return { proxy: await startProxy(t, rows), victims, attackers };
}

function cookies(...keys: string[]): string {
	return `Cookie: ${keys.map((key) => `galaxysession=${key}`).join("; ")}`;
}

/** The status, or the container's name where it answered. */
async function answerTo(t: TestContext, port: number, ...lines: string[]) {
	const asked = anonymous("GET /", ...lines);
	const { status, text } = await ask(t, { port }, asked);
	return status === 200 ? text : status;
}

const MANY = Array.from({ length: 40 }, (_, index) => `planted${index}`);

for (const [what, lines, answer] of [
	["the last, where only it is known", [cookies("x", "victim")], "victim's"],
	["none, where only the first is known", [cookies("victim", "x")], 403],
	["the same one twice", [cookies("victim", "victim")], "victim's"],
	["one in two spellings", [cookies("v%69ctim", "victim")], "victim's"],
	["none of two", [cookies("victim", "attacker")], 400],
	["none of two, in the other order", [cookies("attacker", "victim")], 400],
	["none of two lines", [cookies("victim"), cookies("attacker")], 400],
	["none, others between", [cookies("victim", "a", "b", "attacker")], 400],
	["none, many before", [cookies(...MANY, "victim", "attacker")], 400],
	["none, many between", [cookies("victim", ...MANY, "attacker")], 400],
] as const)
	test(`of several session cookies, ${what} counts`, async (t) => {
		const { proxy } = await startTwo(t);
		assert.equal(await answerTo(t, proxy.port, ...lines), answer);
		assert.equal(await answerTo(t, proxy.port, ...UPGRADE, ...lines), answer);
	});

test("with two known sessions the request reaches no container, and the connection stays open", async (t) => {
	const { proxy, victims, attackers } = await startTwo(t);
	const client = await connect(t, proxy.port);
	client.send(anonymous("GET /", cookies("victim", "attacker")));
	assert.equal((await client.response()).status, 400);
	assert.equal(victims.connections.length + attackers.connections.length, 0);
	client.send(anonymous("GET /", cookies("victim")));
	assert.equal((await client.response()).text, "victim's");
});

test("a session that has ended, or is not ready yet, is known too", {
	skip: ONE_PROCESS,
}, async (t) => {
	const { proxy } = await startTwo(t);
	const target = { host: "127.0.0.1", port: 1025 };
	for (const route of [
		{ kind: "ended", target },
		{ kind: "not-ready" },
	] as const) {
		proxy.routes.set("attacker", route);
		const lines = [cookies("victim", "attacker")];
		assert.equal(await answerTo(t, proxy.port, ...lines), 400, route.kind);
	}
});

test("the page says what to do, and what to tell the administrator", async (t) => {
	const { proxy } = await startTwo(t);
	const both = [cookies("attacker"), cookies("victim")];
	const page = await askForPage(t, proxy.port, ...both);
	assert.equal(page.status, 400);
	assert.match(titleOf(page), /two sessions/);
	assert.match(page.text, /Delete this site's cookies/);
	assert.match(page.text, /<code>severalSessions 400<\/code>/);
	assert.deepEqual(values(page.headers, "Cache-Control"), ["no-store"]);
	assert.ok(!/victim|attacker/.test(page.text));
});

test("it is logged, without the cookies", async (t) => {
	const container = await startAnswering(t);
	const daemon = await startDaemon(t, {
		sessions: { abc: container, other5ecret: container },
	});
	const lines = [cookies("other5ecret", "abc")];
	assert.equal(await answerTo(t, daemon.port, ...lines), 400);
	const line = await daemon.logged(({ status }) => status === 400);
	assert.equal(line.session, "ba7816bf");
	assert.equal(line.cause, "cookies of several sessions");
	assert.ok(!JSON.stringify(daemon.lines).includes("5ecret"));
});

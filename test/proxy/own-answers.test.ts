import assert from "node:assert/strict";
import { STATUS_CODES } from "node:http";
import { test } from "node:test";
import { FAULTS } from "../../src/faults.js";
import { answerText } from "../../src/proxy/answers.js";
import { NOT_READY, UNREADABLE } from "../../src/route.js";
import { anonymous, request, values } from "../support/client.js";
import { startChain, startClient, startProxy } from "../support/proxy.js";
import { ONE_PROCESS } from "../support/workers.js";
import { answerTo, expectAlive, expectAnswer } from "./own-answer.js";

const FORM = { bodyless: true, connection: "" };

for (const fault of Object.values(FAULTS))
	test(`${fault.status} is sent with its reason phrase`, () => {
		const [line] = answerText(fault, FORM).split("\r\n");
		assert.equal(
			line,
			`HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status]}`,
		);
	});

test("405 says which methods are served", async (t) => {
	const { client } = await startClient(t, {});
	const { headers } = await client.send(request("TRACE /")).response();
	assert.deepEqual(values(headers, "Allow"), [
		"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
	]);
});

test("the proxy's own answer to HEAD has the head of the answer to GET, and no body", async (t) => {
	const { client } = await startClient(t, {});
	const get = await client.send(anonymous("GET /")).response();
	const head = await client.send(anonymous("HEAD /")).response({ head: true });
	assert.equal(head.status, 403);
	assert.deepEqual(
		values(head.headers, "Content-Length"),
		values(get.headers, "Content-Length"),
	);
	await expectAlive(client);
});

test("403 for a browser without a session", async (t) => {
	const { port } = await startProxy(t, {});
	await answerTo(t, port, anonymous("GET /a"), {
		status: 403,
		text: /^No interactive environment belongs to this browser session\..*Galaxy/,
		closes: false,
	});
});

test("503 with Retry-After: 2 while the row is not ready", {
	skip: ONE_PROCESS,
}, async (t) => {
	const proxy = await startProxy(t, {}, { find: () => NOT_READY });
	await answerTo(t, proxy.port, request("GET /"), {
		status: 503,
		text: /^The environment is starting\./,
		retryAfter: "2",
		closes: false,
	});
});

for (const [name, find] of [
	["at once", () => UNREADABLE],
	["late", () => new Promise(setImmediate).then(() => UNREADABLE)],
] as const)
	test(`503 with Retry-After: 1 while the map cannot be read, found ${name}`, {
		skip: ONE_PROCESS,
	}, async (t) => {
		const proxy = await startProxy(t, {}, { find });
		await answerTo(t, proxy.port, request("GET /"), {
			status: 503,
			text: /^The session map cannot be read now\./,
			retryAfter: "1",
			closes: false,
		});
	});

const FLAGS = { proxyPrefix: "/galaxy/gie_proxy" };

for (const path of `
	/ /galaxy /galaxy/gie_proxyx /galaxy/gie_proxy%2Fa /GALAXY/gie_proxy/ /x/galaxy/gie_proxy/
	/galaxy%2Fgie_proxy/
`
	.trim()
	.split(/\s+/))
	test(`404 for ${path}, for every client`, async (t) => {
		const { client } = await startClient(t, {}, FLAGS);
		for (const text of [request(`GET ${path}`), anonymous(`GET ${path}`)])
			await expectAnswer(client.send(text), {
				status: 404,
				text: /^There is nothing at this address\./,
				closes: false,
			});
	});

for (const path of [
	"/galaxy/gie_proxy",
	"/galaxy/gie_proxy?a",
	"/galaxy/gie_proxy/jupyter",
	"//galaxy///gie_proxy//",
])
	test(`${path} is inside`, async (t) => {
		const { client } = await startChain(t, FLAGS);
		const { status } = await client.send(request(`GET ${path}`)).response();
		assert.equal(status, 200);
	});

import assert from "node:assert/strict";
import { test } from "node:test";
import {
	anonymous,
	ask,
	head,
	request,
	UPGRADE,
	upgrade,
	values,
} from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { responsesTo, startChain, startProxy } from "../support/proxy.js";

const CASES: [sent: string[], passed: string[]][] = [
	[["galaxysession=abc"], []],
	[["_xsrf=2|a; galaxysession=abc; b=c"], ["_xsrf=2|a; b=c"]],
	[["galaxysession=old; a=1; galaxysession=abc"], ["a=1"]],
	[["galaxysession=abc", "a=1; b=2"], ["a=1; b=2"]],
	[
		["galaxysession=abc; mygalaxysession=1; galaxysessions=2"],
		["mygalaxysession=1; galaxysessions=2"],
	],
];

for (const [sent, passed] of CASES)
	for (const more of [[], UPGRADE])
		test(`${more.length > 0 ? "upgrade" : "request"} with ${JSON.stringify(sent)}`, async (t) => {
			const container = await startAnswering(t);
			const { port } = await startProxy(t, { abc: container });
			const lines = sent.map((cookies) => `Cookie: ${cookies}`);
			await ask(t, port, anonymous("GET /", ...lines, ...more));
			const { headers } = await container.request(0);
			assert.deepEqual(values(headers, "Cookie"), passed);
		});

test("--forward-session-cookie passes it on", async (t) => {
	const container = await startAnswering(t);
	const flags = { forwardSessionCookie: true };
	const { port } = await startProxy(t, { abc: container }, flags);
	await ask(t, port, anonymous("GET /", "Cookie: a=1; galaxysession=abc"));
	const { headers } = await container.request(0);
	assert.deepEqual(values(headers, "Cookie"), ["a=1; galaxysession=abc"]);
});

// Several paths of one server may have set a cookie of one name, and each may be somebody's session at Galaxy.
test("no cookie of the session's name reaches the container, on whatever line", async (t) => {
	const { client, container } = await startChain(t);
	const text = anonymous(
		"GET /",
		"Cookie: a=1; galaxysession=5ecre7-1; b=2",
		"Cookie: galaxysession=5ecre7-2",
		"cookie: c=3;galaxysession = 5ecre7-3 ;\tgalaxysession=5ecre7-4",
		"COOKIE: galaxysession; galaxysession=abc",
	);
	assert.equal((await client.send(text).response()).status, 200);
	const { headers } = await container.request(0);
	const cookies = values(headers, "Cookie").join("; ");
	assert.doesNotMatch(cookies, /galaxysession|5ecre7/);
	assert.deepEqual(cookies.split(/; ?/), ["a=1", "b=2", "c=3"]);
});

/** Each makes some browser send, or some server read, a cookie of the session's name. */
const FORMS = [
	"galaxysession=evil",
	"galaxysession=evil; Path=/; HttpOnly",
	" galaxysession = evil",
	"galaxysession\t=evil",
	"\tgalaxysession=evil",
	"galaxysession=",
	"=galaxysession=evil",
	" = galaxysession=evil",
	"==galaxysession=evil",
	"=galaxysession",
	"galaxysession",
	"galaxysession; Path=/",
	"a b galaxysession=evil",
	"a=1, galaxysession=evil",
];
const LOOKALIKES = [
	"_xsrf=2|a; Path=/",
	"xgalaxysession=1",
	"galaxysession2=1",
	"galaxysession-8888=1",
	"GalaxySession=1",
	"a=galaxysession=1",
	"a=galaxysession",
	"a=1; Path=/galaxysession=1",
];
const FIELDS = [...FORMS, ...LOOKALIKES].map((each) => `Set-Cookie: ${each}`);

const EMPTY = head("HTTP/1.1 200 OK", "Content-Length: 0");

test("an answer sets no cookie of the session's name", async (t) => {
	const lines = head("HTTP/1.1 200 OK", "Content-Length: 0", ...FIELDS);
	const {
		responses: [answer],
	} = await responsesTo(t, request("GET /"), lines, 1);
	assert.deepEqual(values(answer?.headers ?? [], "Set-Cookie"), LOOKALIKES);
});

test("a 103 sets no cookie of the session's name", async (t) => {
	const lines = head("HTTP/1.1 103 X", ...FIELDS) + EMPTY;
	const {
		responses: [hints, answer],
	} = await responsesTo(t, request("GET /"), lines, 2);
	assert.deepEqual(values(hints?.headers ?? [], "Set-Cookie"), LOOKALIKES);
	assert.equal(answer?.status, 200);
});

test("a 101 sets no cookie of the session's name", async (t) => {
	const upgraded = ["Connection: Upgrade", "Upgrade: websocket"];
	const lines = head("HTTP/1.1 101 X", ...upgraded, ...FIELDS);
	const {
		responses: [answer],
	} = await responsesTo(t, upgrade(), lines, 1);
	assert.equal(answer?.status, 101);
	assert.deepEqual(values(answer.headers, "Set-Cookie"), LOOKALIKES);
});

test("a trailer sets no cookie at all", async (t) => {
	const lines = head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked");
	const text = lines + head("0", ...FIELDS);
	const {
		responses: [answer],
	} = await responsesTo(t, request("GET /"), text, 1);
	assert.deepEqual(answer?.trailers, []);
});

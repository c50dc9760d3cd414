import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
	head,
	type RawResponse,
	request,
	upgrade,
	values,
} from "../support/client.js";
import { startChain } from "../support/proxy.js";

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

async function answersTo(
	t: TestContext,
	text: string,
	answer: string,
	heads: number,
): Promise<RawResponse[]> {
	const { client } = await startChain(t, { answer });
	client.send(text);
	const responses: RawResponse[] = [];
	while (responses.length < heads) responses.push(await client.response());
	return responses;
}

const EMPTY = head("HTTP/1.1 200 OK", "Content-Length: 0");

test("an answer sets no cookie of the session's name", async (t) => {
	const lines = head("HTTP/1.1 200 OK", "Content-Length: 0", ...FIELDS);
	const [answer] = await answersTo(t, request("GET /"), lines, 1);
	assert.deepEqual(values(answer?.headers ?? [], "Set-Cookie"), LOOKALIKES);
});

test("a 103 sets no cookie of the session's name", async (t) => {
	const lines = head("HTTP/1.1 103 X", ...FIELDS) + EMPTY;
	const [hints, answer] = await answersTo(t, request("GET /"), lines, 2);
	assert.deepEqual(values(hints?.headers ?? [], "Set-Cookie"), LOOKALIKES);
	assert.equal(answer?.status, 200);
});

test("a 101 sets no cookie of the session's name", async (t) => {
	const upgraded = ["Connection: Upgrade", "Upgrade: websocket"];
	const lines = head("HTTP/1.1 101 X", ...upgraded, ...FIELDS);
	const [answer] = await answersTo(t, upgrade(), lines, 1);
	assert.equal(answer?.status, 101);
	assert.deepEqual(values(answer.headers, "Set-Cookie"), LOOKALIKES);
});

test("a trailer sets no cookie at all", async (t) => {
	const lines = head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked");
	const text = lines + head("0", ...FIELDS);
	const [answer] = await answersTo(t, request("GET /"), text, 1);
	assert.deepEqual(answer?.trailers, []);
});

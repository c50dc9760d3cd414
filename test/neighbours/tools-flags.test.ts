import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ask, head, type RawRequest, values } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import {
	byHost,
	byPath,
	KEY,
	startToolMap,
	TOKEN,
	TOOL_PATH,
	TOOL_PREFIX,
} from "../support/tools.js";

const ANSWER = head(
	"HTTP/1.1 200 OK",
	"Set-Cookie: other=1",
	"Set-Cookie: a=1; Path=/",
	"Content-Length: 0",
);

/** What passes between a client and a tool, by path and by host, through a daemon with these flags. */
async function exchanges(t: TestContext, ...flags: string[]) {
	const container = await startAnswering(t, ANSWER);
	const map = startToolMap(t);
	await map.put(KEY, TOKEN, container.host, container.port);
	const mode = ["--mode", "gxit", "--proxyPathPrefix", TOOL_PREFIX];
	const args = [...mode, ...flags];
	const daemon = await startDaemon(t, { map: map.path, args });
	const cookies = "Cookie: galaxysession=1; other=2; more=3; b=4";
	const results = [];
	for (const [i, request] of [byPath, byHost].entries()) {
		const answer = await ask(t, daemon, request("GET /", cookies));
		const asked: RawRequest = await container.request(i);
		results.push({
			scheme: values(asked.headers, "X-Forwarded-Proto"),
			cookies: values(asked.headers, "Cookie"),
			set: values(answer.headers, "Set-Cookie"),
			policy: values(answer.headers, "Referrer-Policy"),
		});
	}
	return results;
}

test("without flags Galaxy's session cookie is withheld, cookies are confined, and Referers stay within a tool", async (t) => {
	const cookies = ["other=2; more=3; b=4"];
	assert.deepEqual(await exchanges(t), [
		{
			scheme: [],
			cookies,
			set: [`other=1; Path=${TOOL_PATH}`, `a=1; Path=${TOOL_PATH}`],
			policy: [],
		},
		{
			scheme: [],
			cookies,
			set: ["other=1", "a=1; Path=/"],
			policy: ["same-origin"],
		},
	]);
});

test("the flags for tools change that", async (t) => {
	const [first, second] = await exchanges(
		t,
		...["--session-cookie", "other", "--session-cookie", "more"],
		...["--cookie-paths", "keep", "--public-scheme", "https"],
		...["--referrer-policy", "off"],
	);
	const both = {
		scheme: ["https"],
		cookies: ["b=4"],
		set: ["a=1; Path=/"],
		policy: [],
	};
	assert.deepEqual([first, second], [both, both]);
});

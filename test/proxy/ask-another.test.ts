import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Route, UNREADABLE } from "../../src/route.js";
import {
	anonymous,
	ask,
	connect,
	request,
	upgrade,
} from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startProxy } from "../support/proxy.js";

const ANOTHER = "X-If-Map-Unreadable: 421";
const AT_ONCE = "X-If-Map-Unreadable: 503";

/** A proxy that knows the last route of the session of request(). `waited` counts requests that would wait for the map. */
async function startCutOff(t: TestContext, isMapReadable = false) {
	const container = await startAnswering(t);
	const { host, port } = container;
	const last: Route = { kind: "target", target: { host, port } };
	const running = await startProxy(t, {});
	const found = { waited: 0 };
	running.proxy.use({
		find() {
			found.waited++;
			return last;
		},
		findLast: async (key) => (key === "abc" ? last : UNREADABLE),
		isMapReadable: () => isMapReadable,
	});
	return { port: running.port, container, found };
}

test("while the map cannot be read, requests without a body get 421 if the front proxy asks for it", async (t) => {
	const { port, container, found } = await startCutOff(t);
	const stranger = "Cookie: galaxysession=stranger";
	for (const text of [
		request("GET /a", ANOTHER),
		anonymous("GET /a", ANOTHER, stranger),
		upgrade("/a", ANOTHER),
	]) {
		const answer = await ask(t, port, text);
		assert.equal(answer.status, 421);
		assert.match(String(answer.body), /^This daemon cannot read/);
	}
	const client = await connect(t, port);
	client.send(request("HEAD /a", ANOTHER));
	assert.equal((await client.response({ head: true })).status, 421);
	assert.equal(container.requests.length, 0);
	assert.equal(found.waited, 0);
});

test("a request with a body waits for the map as ever", async (t) => {
	const { port, container, found } = await startCutOff(t);
	for (const [index, field] of [ANOTHER, AT_ONCE].entries()) {
		const post = request("POST /a", field, "Content-Length: 1");
		assert.equal((await ask(t, port, `${post}x`)).status, 200);
		await container.request(index);
	}
	assert.equal(found.waited, 2);
});

test("with 503 the last route is used, and a session without one gets 503 at once", async (t) => {
	const { port, found } = await startCutOff(t);
	assert.equal((await ask(t, port, request("GET /a", AT_ONCE))).status, 200);
	const stranger = "Cookie: galaxysession=stranger";
	const answer = await ask(t, port, anonymous("GET /a", AT_ONCE, stranger));
	assert.equal(answer.status, 503);
	assert.equal(found.waited, 0);
});

test("while the map can be read the field has no effect, and the container does not get it", async (t) => {
	const { port, container } = await startCutOff(t, true);
	assert.equal((await ask(t, port, request("GET /a", ANOTHER))).status, 200);
	const { headers } = await container.request(0);
	assert.doesNotMatch(JSON.stringify(headers), /unreadable/i);
});

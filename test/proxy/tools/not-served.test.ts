import assert from "node:assert/strict";
import { test } from "node:test";
import {
	ELSEWHERE,
	NOT_READY,
	toolSession,
	UNREADABLE,
} from "../../../src/route.js";
import { ask, values } from "../../support/client.js";
import {
	byHost,
	byPath,
	KEY,
	startToolChain,
	TOKEN,
} from "../../support/tools.js";

for (const [name, route, status, text, retryAfter] of [
	["a row without an address", NOT_READY, 503, /starting/, ["2"]],
	["a row of Kubernetes", ELSEWHERE, 404, /ingress/, []],
	["an unreadable map", UNREADABLE, 503, /cannot be read/, ["1"]],
] as const)
	for (const by of [byHost, byPath])
		test(`${name}: ${status} (${by.name})`, async (t) => {
			const { proxy } = await startToolChain(t);
			proxy.routes.set(toolSession(KEY, TOKEN), route);
			const answer = await ask(t, proxy, by("GET /lab"));
			assert.equal(answer.status, status);
			assert.match(answer.text, text);
			assert.deepEqual(values(answer.headers, "retry-after"), retryAfter);
		});

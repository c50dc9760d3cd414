import { test } from "node:test";
import { NOT_READY, type Route, UNKNOWN, UNREADABLE } from "../../src/route.js";
import { upgrade } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { startProxy } from "../support/proxy.js";
import { ONE_PROCESS } from "../support/workers.js";
import { answerTo } from "./own-answer.js";

const AT_NOTHING: Route = {
	kind: "target",
	target: { host: "no-such-host..invalid", port: 80 },
};

for (const [route, status, text, retryAfter] of [
	[UNKNOWN, 403, /^No interactive environment/, undefined],
	[NOT_READY, 503, /is starting/, "2"],
	[UNREADABLE, 503, /cannot be read/, "1"],
	[AT_NOTHING, 502, /^Proxy target missing$/, undefined],
] as const)
	test(`an upgrade is answered ${status} as HTTP: ${text.source}`, {
		skip: ONE_PROCESS,
	}, async (t) => {
		const proxy = await startProxy(t, {}, { find: () => route });
		const expected = { status, text, closes: true };
		await answerTo(
			t,
			proxy.port,
			upgrade(),
			retryAfter === undefined ? expected : { ...expected, retryAfter },
		);
	});

test("an upgrade outside the prefix is answered 404", {
	skip: ONE_PROCESS,
}, async (t) => {
	const proxy = await startProxy(t, {}, { proxyPrefix: "/a" });
	await answerTo(t, proxy.port, upgrade("/b"), {
		status: 404,
		text: /nothing at this address/,
		closes: true,
	});
});

test("an upgrade from an origin outside --cors is answered 403", {
	skip: ONE_PROCESS,
}, async (t) => {
	const container = await startBackend(t);
	const flags = { cors: ["https://galaxy.example"] };
	const proxy = await startProxy(t, { abc: container }, flags);
	const text = upgrade("/", "Origin: https://evil.test");
	await answerTo(t, proxy.port, text, {
		status: 403,
		text: /^This origin may not/,
		closes: true,
	});
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Route } from "../../src/route.js";
import { anonymous, ask, request, upgrade, values } from "../support/client.js";
import { STOPPED, startBackend } from "../support/container.js";
import { startProxy } from "../support/proxy.js";
import { ONE_PROCESS } from "../support/workers.js";

const COOKIE = "Cookie: galaxysession=";

// Galaxy's page takes any 2xx for "the environment is ready".
test("no error has a 2xx status, for requests and upgrades of every session", {
	skip: ONE_PROCESS,
}, async (t) => {
	const mute = await startBackend(t);
	const flags = { proxyPrefix: "/gie_proxy", responseTimeoutMs: 100 };
	const proxy = await startProxy(t, { mute, dead: STOPPED }, flags);
	const states: Record<string, Route> = {
		starting: { kind: "not-ready" },
		unreadable: { kind: "unreadable" },
	};
	for (const [key, route] of Object.entries(states))
		proxy.routes.set(key, route);

	const cases: [status: number, path: string, session: string][] = [
		[403, "/gie_proxy/", "unknown"],
		[404, "/elsewhere", "mute"],
		[502, "/gie_proxy/", "dead"],
		[503, "/gie_proxy/", "starting"],
		[503, "/gie_proxy/", "unreadable"],
		[504, "/gie_proxy/", "mute"],
	];
	for (const [status, path, session] of cases)
		await t.test(
			`${status} for ${path} of the session ${session}`,
			async (t) => {
				const renamed = (text: string) =>
					text.replace(`${COOKIE}abc`, COOKIE + session);
				for (const text of [request(`GET ${path}`), upgrade(path)]) {
					const response = await ask(t, proxy.port, renamed(text));
					assert.equal(response.status, status);
					assert.deepEqual(values(response.headers, "Cache-Control"), [
						"no-store",
					]);
				}
			},
		);

	await t.test("without a cookie", async (t) => {
		const text = anonymous("GET /gie_proxy/");
		assert.equal((await ask(t, proxy.port, text)).status, 403);
	});
});

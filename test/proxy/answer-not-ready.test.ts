import { test } from "node:test";
import { NOT_READY, UNREADABLE } from "../../src/route.js";
import { request } from "../support/client.js";
import { startProxy } from "../support/proxy.js";
import { answerTo } from "./own-answer.js";

test("503 with Retry-After: 2 while the row is not ready", async (t) => {
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
	test(`503 with Retry-After: 1 while the map cannot be read, told ${name}`, async (t) => {
		const proxy = await startProxy(t, {}, { find });
		await answerTo(t, proxy.port, request("GET /"), {
			status: 503,
			text: /^The session map cannot be read now\./,
			retryAfter: "1",
			closes: false,
		});
	});

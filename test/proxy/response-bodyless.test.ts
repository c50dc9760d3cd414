import assert from "node:assert/strict";
import { test } from "node:test";
import { head, request, values } from "../support/client.js";
import { startChain } from "../support/proxy.js";
import { expectAlive } from "./own-answer.js";

const LENGTH = "Content-Length: 5";
const CHUNKED = "Transfer-Encoding: chunked";
const FIRST = "HTTP/1.1";

for (const [method, answer, lengths] of [
	["HEAD", head(`${FIRST} 200 OK`, LENGTH), ["5"]],
	["HEAD", head(`${FIRST} 200 OK`, CHUNKED), []],
	["HEAD", head(`${FIRST} 200 OK`), []],
	["HEAD", `${head(`${FIRST} 200 OK`, LENGTH)}hello`, ["5"]],
	["GET", head(`${FIRST} 204 No Content`), []],
	["GET", head(`${FIRST} 204 No Content`, LENGTH), []],
	["GET", `${head(`${FIRST} 204 No Content`, LENGTH)}hello`, []],
	["GET", head(`${FIRST} 304 Not Modified`, LENGTH, "ETag: x"), ["5"]],
	["GET", `${head(`${FIRST} 304 Not Modified`, CHUNKED)}0\r\n\r\n`, []],
	["GET", `${head(`${FIRST} 304 Not Modified`, LENGTH)}hello`, ["5"]],
	["DELETE", `${head(`${FIRST} 200 OK`, "Content-Length: 0")}hello`, ["0"]],
] as const)
	test(`${method} answered ${JSON.stringify(answer)} has no body`, async (t) => {
		const { client, container } = await startChain(t, {
			answer,
			keepAlive: "always",
		});
		for (let round = 0; round < 2; round++) {
			client.send(request(`${method} /`));
			const response = await client.response({ head: method === "HEAD" });
			assert.equal(response.text, "");
			assert.deepEqual(values(response.headers, "Content-Length"), lengths);
			assert.deepEqual(values(response.headers, "Transfer-Encoding"), []);
		}
		await expectAlive(client);
		// What follows a body that may not be there must not be taken for the next answer.
		const whole = answer.endsWith("\r\n\r\n") && !answer.includes("\r\n0\r\n");
		assert.equal(container.connections.length, whole ? 1 : 2);
	});

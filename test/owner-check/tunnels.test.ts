import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, type RawClient, UPGRADE } from "../support/client.js";
import { byPath, KEY } from "../support/tools.js";
import { ONE_PROCESS } from "../support/workers.js";
import { ANNA, BEN, startCheckedChain } from "./proxy.js";
import { movableClock } from "./started.js";

const SWITCH =
	"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

async function open(client: RawClient, cookie: string): Promise<void> {
	client.send(byPath("GET /", cookie, ...UPGRADE));
	assert.equal((await client.response()).status, 101);
}

test("when Galaxy refuses a user later, that user's tunnels and downloads end and no others", {
	skip: ONE_PROCESS,
}, async (t) => {
	t.mock.timers.enable({ apis: ["setInterval"] });
	const clock = movableClock(t);
	const { client, galaxy, proxy } = await startCheckedChain(t, {
		answer: ({ target }) =>
			target === "/"
				? SWITCH
				: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbeginning",
	});
	const allowed = new Set(["anna", "ben"]);
	galaxy.instead = (response, { headers }) => {
		const user = /galaxysession=(\w+)/.exec(headers.cookie ?? "")?.[1] ?? "";
		if (allowed.has(user)) response.end('{"target":"/"}');
		else response.writeHead(403).end('{"err_msg":"no"}');
	};
	await open(client, ANNA);
	const [other, download] = [
		await connect(t, proxy.port),
		await connect(t, proxy.port),
	];
	await open(other, BEN);
	download.send(byPath("GET /download", ANNA));
	await download.until("beginning");

	allowed.delete("anna");
	clock.later(55_000);
	t.mock.timers.tick(5_000);
	await Promise.all([client.closed, download.closed]);
	assert.equal(other.ending, undefined);
	assert.equal(galaxy.asked.length, 4);
	assert.equal(galaxy.entryPoints.has(KEY), true);
	const again = await connect(t, proxy.port);
	again.send(byPath("GET /", ANNA));
	assert.equal((await again.response()).status, 403);
});

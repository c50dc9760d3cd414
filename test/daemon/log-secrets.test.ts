import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, connect, head, UPGRADE } from "../support/client.js";
import { OK, STOPPED, startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";

const KEY = "5f3a9c0d1e7b";
const SECRET = `Cookie: galaxysession=${KEY}; token=s3cr3t`;
const QUERY = "?token=t0k3n";

test("no cookie value and no query is in any line, whatever goes wrong", async (t) => {
	const container = await startAnswering(t, ({ target }) =>
		target.startsWith("/bad") ? `${KEY} s3cr3t t0k3n\r\n\r\n` : OK,
	);
	const daemon = await startDaemon(t, {
		sessions: { [KEY]: container, [`${KEY}dead`]: STOPPED },
		args: ["--verbose", "--log-level", "debug"],
	});
	const messages = [
		anonymous(`GET /a${QUERY}`, SECRET),
		anonymous(`GET /bad${QUERY}`, SECRET),
		anonymous(`GET /ws${QUERY}`, ...UPGRADE, SECRET),
		anonymous(`GET /dead${QUERY}`, SECRET.replace(KEY, `${KEY}dead`)),
		anonymous(`GET /unknown${QUERY}`, SECRET.replace(KEY, `${KEY}00`)),
		anonymous(`CONNECT /m${QUERY}`, SECRET),
		anonymous(`GET /two spaces${QUERY}`, SECRET),
		anonymous(`GET /space-in-name${QUERY}`, SECRET.replace(":", " :")),
		head(`GET http://u:${KEY}@h/abs${QUERY} HTTP/1.1`, "Host: h", SECRET),
		head(`GET /version${QUERY} HTTP/3.1`, SECRET),
		head(`${KEY}${QUERY}`, SECRET),
	];
	for (const message of messages) {
		const client = await connect(t, daemon.port);
		await client.send(message).response();
		client.destroy();
	}
	assert.equal(await daemon.stop(), 0);
	const exchanges = daemon.lines.filter(({ msg }) => msg === "exchange");
	assert.equal(exchanges.length, messages.length);
	const all = JSON.stringify(daemon.lines) + daemon.stderr;
	for (const secret of [KEY, "s3cr3t", "t0k3n", "?", "galaxysession"])
		assert.ok(!all.includes(secret), `${secret} in ${all}`);
});

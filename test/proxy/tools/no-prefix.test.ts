import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, ask } from "../../support/client.js";
import { startDaemon } from "../../support/daemon.js";
import {
	byHost,
	byPath,
	KEY,
	startToolChain,
	startToolMap,
	TOKEN,
	TOOL_PATH,
} from "../../support/tools.js";

const OLDER = `/interactivetool/access/interactivetoolentrypoint/${KEY}/${TOKEN}/`;

for (const path of [
	`${TOOL_PATH}/`,
	TOOL_PATH,
	`/galaxy${TOOL_PATH}/lab?a`,
	OLDER,
])
	test(`without --proxyPathPrefix a path like a tool's gets a 404 that names the flag: ${path}`, async (t) => {
		const { proxy } = await startToolChain(t, { proxyPathPrefix: "" });
		const { status, text } = await ask(t, proxy, anonymous(`GET ${path}`));
		assert.equal(status, 404);
		assert.match(text, /--proxyPathPrefix/);
		const { path: shown } = await proxy.exchange(0);
		assert.match(shown, /^[a-z/]*\/\.\.\.$/);
	});

for (const path of ["/", "/ep", "/ep/k", "/a?/ep/k/t", "/step/k/t"])
	test(`other paths get the usual 404: ${path}`, async (t) => {
		const { proxy } = await startToolChain(t, { proxyPathPrefix: "" });
		const { status, text } = await ask(t, proxy, anonymous(`GET ${path}`));
		assert.equal(status, 404);
		assert.doesNotMatch(text, /--proxyPathPrefix/);
	});

test("by host such a path is the container's", async (t) => {
	const chain = await startToolChain(t, { proxyPathPrefix: "" });
	await ask(t, chain.proxy, byHost(`GET ${OLDER}`));
	assert.equal((await chain.container.request(0)).target, OLDER);
	assert.equal((await chain.proxy.exchange(0)).path, "/interactivetool/...");
});

test("the log names the flag once, and never the token", async (t) => {
	const map = startToolMap(t);
	await map.put(KEY, TOKEN, "127.0.0.1", 1025);
	const args = ["--mode", "gxit", "--verbose"];
	const daemon = await startDaemon(t, { map: map.path, args });
	await ask(t, daemon, byPath("GET /lab"));
	await ask(t, daemon, byPath("GET /lab"));
	await daemon.stop();
	const named = daemon.lines.filter(({ msg }) =>
		msg?.includes("start it with --proxyPathPrefix"),
	);
	assert.equal(named.length, 1);
	const log = JSON.stringify(daemon.lines);
	assert.ok(!log.includes(TOKEN) && !log.includes(KEY));
});

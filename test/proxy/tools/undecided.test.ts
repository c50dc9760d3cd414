import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, request } from "../../support/client.js";
import { startAnswering } from "../../support/container.js";
import { DEFAULTS, startClient } from "../../support/proxy.js";
import { byPath, setTool, TOKEN, TOOL_FLAGS } from "../../support/tools.js";
import { ONE_PROCESS } from "../../support/workers.js";

for (const mode of ["gxit", "gie"] as const)
	test(`until the mode is decided requests get 503, and then those of ${mode} are served on the same connection`, {
		skip: ONE_PROCESS,
	}, async (t) => {
		const container = await startAnswering(t);
		const flags = { ...TOOL_FLAGS, mode: "undecided" } as const;
		const { proxy, client } = await startClient(t, { abc: container }, flags);
		setTool(proxy, container);
		let asked = 0;
		proxy.proxy.use({
			decideMode() {
				if (++asked === 3)
					proxy.proxy.decide({ ...DEFAULTS, ...TOOL_FLAGS, mode });
			},
		});
		const text = mode === "gxit" ? byPath("GET //a//b") : request("GET //a//b");
		for (const expected of [503, 503, 200, 200])
			assert.equal((await client.send(text).response()).status, expected);
		assert.equal(asked, 3);
		const target = mode === "gxit" ? "//a//b" : "/a/b";
		assert.equal(container.requests[0]?.target, target.replace("//a", "/a"));
		const other = mode === "gxit" ? request("GET /") : byPath("GET /");
		const { status } = await ask(t, proxy, other);
		assert.equal(status, mode === "gxit" ? 404 : 403);
		const { path } = await proxy.exchange(0);
		assert.ok(!path.includes(TOKEN), path);
	});

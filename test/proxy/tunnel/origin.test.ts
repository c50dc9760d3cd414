import assert from "node:assert/strict";
import { test } from "node:test";
import type { CorsPolicy } from "../../../src/routing/admission.js";
import { upgrade } from "../../support/client.js";
import { startRawChain } from "../../support/proxy.js";
import { switchProtocols } from "./open-tunnel.js";

const LIST: CorsPolicy = ["https://galaxy.example", "https://b.example:8443"];
const FOREIGN = "https://evil.example";

for (const [cors, origin, status] of [
	[LIST, "https://galaxy.example", 101],
	[LIST, "https://b.example:8443", 101],
	[LIST, "https://b.example", 403],
	[LIST, "http://galaxy.example", 403],
	[LIST, FOREIGN, 403],
	[LIST, "null", 403],
	["same-host", FOREIGN, 403],
	["same-host", "https://galaxy.example", 101],
	["any", FOREIGN, 101],
	["none", FOREIGN, 101],
] as const)
	test(`--cors ${cors} answers an upgrade from ${origin} with ${status}`, async (t) => {
		const { client, container } = await startRawChain(t, switchProtocols, {
			cors,
		});
		const text = upgrade("/ws", `Origin: ${origin}`);
		assert.equal((await client.send(text).response()).status, status);
		assert.equal(container.connections.length, status === 101 ? 1 : 0);
	});

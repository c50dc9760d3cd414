import assert from "node:assert/strict";
import { test } from "node:test";
import {
	getOf,
	startToolMap,
	startToolsDaemon,
} from "../same-address/tools-shared.js";
import { ask } from "../support/client.js";

const FIELD = "X-If-Map-Unreadable: 421\r\n\r\n";

// A map that no tool had made yet counted as unreadable. So behind several daemons the first tool got 503 for up to a second.
test("a map that no tool has made yet is no reason to send a front proxy to another daemon", async (t) => {
	const daemon = await startToolsDaemon(t, startToolMap(t));
	const request = getOf("k").replace(/\r\n$/, FIELD);
	assert.equal((await ask(t, daemon, request)).status, 503);
});

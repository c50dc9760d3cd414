import { test } from "node:test";
import { request } from "../support/client.js";
import { expectRefused, SMUGGLED } from "./attack.js";

const LENGTH = `Content-Length: ${SMUGGLED.length}`;

for (const lines of [
	["Content-Length: 0", LENGTH],
	[LENGTH, "Content-Length: 0"],
	[LENGTH, LENGTH],
	["content-length: 0", LENGTH],
	[LENGTH, "X: a", "CONTENT-LENGTH: 0"],
	[`Content-Length: ${SMUGGLED.length}, ${SMUGGLED.length}`],
	[`Content-Length: 0, ${SMUGGLED.length}`],
	[`Content-Length: ${SMUGGLED.length},`],
	[`Content-Length: ,${SMUGGLED.length}`],
])
	test(`Content-Length more than once (CVE-2026-1525) is refused: ${lines.join(" | ")}`, (t) =>
		expectRefused(t, request("POST /", ...lines) + SMUGGLED));

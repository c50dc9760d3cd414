import assert from "node:assert/strict";
import { test } from "node:test";
import type { Occasion } from "../../src/error-pages.js";
import { openPages } from "../../src/pages/pages.js";

const GONE: Occasion = {
	fault: "noTool",
	status: 404,
	languages: "",
	answeredAt: 0,
};

/** The link to Galaxy on a page. */
function linkOn(occasion: Occasion, galaxyUrl?: string): string | undefined {
	const name = occasion.tool === undefined ? "no-session" : "no-tool";
	const page = openPages(undefined, galaxyUrl).find(name, occasion);
	assert.ok(page);
	return /<a class="galaxy" href="([^"]*)"/.exec(page.body)?.[1];
}

for (const [tool, url, link] of [
	["path", undefined, "/"],
	["host", undefined, undefined],
	["path", "https://galaxy.example/galaxy", "https://galaxy.example/galaxy"],
	["host", "https://galaxy.example", "https://galaxy.example"],
	[
		"host",
		'https://galaxy.example/a&"b',
		"https://galaxy.example/a&amp;&quot;b",
	],
	[undefined, "https://galaxy.example", undefined],
] as const)
	test(`by ${tool ?? "cookie"}, with ${url ?? "no --galaxy-url"}, the link is ${link ?? "absent"}`, () => {
		assert.equal(linkOn({ ...GONE, ...(tool && { tool }) }, url), link);
	});

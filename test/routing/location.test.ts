import assert from "node:assert/strict";
import { test } from "node:test";
import { answered } from "./response-lines.js";

function location(value: string, status = 302, reverseProxy = true): string {
	const [line = ""] = answered(
		status,
		[`Location: ${value}`],
		undefined,
		reverseProxy,
	);
	return line.slice("Location: ".length);
}

for (const [value, rewritten] of [
	["http://localhost/rstudio/", "/rstudio/"],
	["https://localhost/a?b=c#d", "/a?b=c#d"],
	["HTTP://LocalHost/A", "/A"],
	["//localhost/a", "/a"],
	["http://localhost", "/"],
	["http://localhost?a", "/?a"],
	["http://localhost#a", "/#a"],
	["http://localhost/a?u=http://x//y", "/a?u=http://x//y"],
] as const)
	test(`${value} becomes ${rewritten}`, () => {
		for (const status of [301, 302, 303, 307, 308])
			assert.equal(location(value, status), rewritten);
	});

for (const value of [
	"http://localhost//evil.test/a",
	"http://localhost///evil.test/a",
	"http://localhost/\\evil.test/a",
	"http://localhost\\evil.test/a",
	"//localhost//evil.test/a",
])
	test(`${JSON.stringify(value)} does not lead to evil.test`, () => {
		const page = "http://galaxy.example/page";
		assert.equal(new URL(location(value), page).host, "galaxy.example");
	});

for (const value of [
	"http://localhost:8787/a",
	"http://localhost.evil.test/a",
	"http://localhost@evil.test/a",
	"http://user@localhost/a",
	"http://example.org/localhost/",
	"ftp://localhost/a",
	"/localhost/a",
	"a/b",
])
	test(`${value} passes`, () => {
		assert.equal(location(value), value);
	});

test("only redirects, and only with --reverseProxy", () => {
	assert.equal(location("http://localhost/a", 201), "http://localhost/a");
	assert.equal(
		location("http://localhost/a", 302, false),
		"http://localhost/a",
	);
});

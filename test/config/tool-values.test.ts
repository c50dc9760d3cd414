import assert from "node:assert/strict";
import { test } from "node:test";
import { flagsIn } from "../../src/cli/program.js";
import { configure, UsageError } from "../../src/config/config.js";

function read(...args: string[]) {
	const all = ["--sessions", "a.sqlite", ...args];
	return configure(flagsIn(all), { env: {}, cwd: "/" });
}

const GOOD: [flag: string, text: string, field: string, value: unknown][] = [
	["--proxyPathPrefix", "/it/ep", "proxyPathPrefix", "/it/ep"],
	["--proxyPathPrefix", "it/ep/", "proxyPathPrefix", "/it/ep"],
	["--proxyPathPrefix", "//it//ep//", "proxyPathPrefix", "/it/ep"],
	["--proxy-path-prefix", "/it", "proxyPathPrefix", "/it"],
	["--pollingInterval", "0", "pollingIntervalMs", 0],
	["--pollingInterval", "10000", "pollingIntervalMs", 10_000],
	["--polling-interval", "2147483647", "pollingIntervalMs", 2_147_483_647],
	["--forwardIP", "inner.example", "forwardIp", "inner.example"],
	["--forward-ip", "[::1]", "forwardIp", "::1"],
	["--forwardPort", "1", "forwardPort", 1],
	["--forward-port", "65535", "forwardPort", 65_535],
	["--session-cookie", "a", "sessionCookies", ["galaxysession", "a"]],
	["--session-cookie", "galaxysession", "sessionCookies", ["galaxysession"]],
	["--cookie-paths", "keep", "cookiePaths", "keep"],
	["--referrer-policy", "off", "referrerPolicy", ""],
	["--referrer-policy", "no-referrer", "referrerPolicy", "no-referrer"],
	["--public-scheme", "http", "publicScheme", "http"],
	["--galaxy-url", "https://G.example/x/", "galaxyUrl", "https://g.example/x"],
	["--galaxy-url", "http://g:8080", "galaxyUrl", "http://g:8080"],
	["--owner-check-failure", "refuse", "ownerCheckFailure", "refuse"],
	["--domain-tools", "by-token", "domainTools", "on"],
];

for (const [flag, text, field, value] of GOOD)
	test(`${flag} ${text} is taken`, () => {
		const config: Record<string, unknown> = { ...read(flag, text) };
		assert.deepEqual(config[field], value);
	});

/** Refused values by flag, separated by bars. */
const BAD: Record<string, string> = {
	"--proxyPathPrefix": "/|//|/a/../b|./a|/a b|/a?b|/a#b|/ä",
	"--pollingInterval": "|-1|1.5|5s|2147483648|NaN",
	"--forwardIP": "|a b|256.1.1.1|unix:/run/a.sock|a:80|http://a",
	"--forwardPort": "|0|65536|80x",
	"--session-cookie": "|a b;|a=b|ä",
	"--cookie-paths": "|all",
	"--referrer-policy": "|on|same-origin, origin|SAME-ORIGIN",
	"--public-scheme": "|https:|HTTPS|ftp",
	"--owner-check-failure": "|never",
	"--domain-tools": "|on|off",
};

for (const [flag, texts] of Object.entries(BAD))
	for (const text of texts.split("|"))
		test(`${flag} ${JSON.stringify(text)} is refused`, () => {
			assert.throws(
				() => read(flag, text),
				(error) =>
					error instanceof UsageError &&
					error.message.startsWith(`${flag}: ${JSON.stringify(text)}`) &&
					/; give \w/.test(error.message),
			);
		});

test("the peer's flags may come in any order, in camelCase or kebab-case", () => {
	const camel =
		"--verbose --reverseProxy --forwardPort 1 --proxyPathPrefix /p --port 2 --forwardIP h --ip ::1 --pollingInterval 3";
	const kebab =
		"--polling-interval 3 --ip ::1 --forward-ip h --port 2 --proxy-path-prefix /p --forward-port 1 --reverse-proxy --verbose";
	const { modeSign, ...config } = read(...camel.split(" "));
	const { modeSign: other, ...same } = read(...kebab.split(" "));
	assert.deepEqual(config, same);
	assert.equal(modeSign, other);
	assert.equal(config.forwardIp, "h");
});

test("a URL of Galaxy that is not allowed is not repeated, since it may contain a password", () => {
	for (const url of " g.example ftp://g https://u:p@g https://g?a h://#".split(
		" ",
	))
		assert.throws(
			() => read("--galaxy-url", url),
			/^Error: --galaxy-url: this is not allowed; give an http/,
		);
});

test("--session-cookie may be repeated", () => {
	const { sessionCookies } = read("--session-cookie=a", "--session-cookie=b");
	assert.deepEqual(sessionCookies, ["galaxysession", "a", "b"]);
});

test("--check-owner needs --galaxy-url, and turns tools by domain off", () => {
	assert.throws(
		() => read("--check-owner"),
		/--check-owner needs --galaxy-url/,
	);
	const check = ["--check-owner", "--galaxy-url", "http://g"];
	assert.equal(read(...check).domainTools, "off");
	const byToken = read(...check, "--domain-tools", "by-token");
	assert.equal(byToken.domainTools, "on");
});

test("tools get no CORS headers from the proxy unless --cors is given", () => {
	assert.equal(read("--mode", "gxit").cors, "none");
	assert.equal(read("--mode", "gxit", "--cors", "any").cors, "any");
});

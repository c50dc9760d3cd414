import assert from "node:assert/strict";
import { test } from "node:test";
import { flagsIn } from "../../src/cli/program.js";
import { configure, UsageError } from "../../src/config/config.js";
import type { Mode } from "../../src/mode.js";

function read(args: string[], variables: Record<string, string>) {
	const env = { GALAXY_PROXY_SESSIONS: "/map.sqlite", ...variables };
	return configure(flagsIn(args), { env, cwd: "/" });
}

/** Variable, its text, and what it sets. */
const SET: [variable: string, text: string, field: string, value: unknown][] = [
	["IP", "0.0.0.0", "ip", "0.0.0.0"],
	["PORT", "8800", "port", 8800],
	["REVERSE_PROXY", "1", "reverseProxy", true],
	["VERBOSE", "1", "verbose", true],
	["NO_X_FORWARD", "1", "xForward", false],
	["TRUST_PROXY", "10.0.0.1", "trustProxy", ["10.0.0.1"]],
	["CORS", "none", "cors", "none"],
	["KEEP_ALIVE", "always", "keepAlive", "always"],
	[
		"ALLOW_TARGET",
		"docker-1,172.17.0.0/16",
		"allowTarget",
		["docker-1", "172.17.0.0/16"],
	],
	["WITHHOLD", "X-Api-Key,theme*", "withhold", ["X-Api-Key", "theme*"]],
	["WITHHOLD_BASIC", "1", "withholdBasic", true],
	["FORWARD_FIELD", "Remote-User", "forwardField", ["Remote-User"]],
	["KEEP_FIELD", "NEL", "keepField", ["NEL"]],
	["SAME_ADDRESS", "any", "sameAddress", "any"],
	["CONNECT_TIMEOUT", "1", "connectTimeoutMs", 1000],
	["HEAD_TIMEOUT", "2", "headTimeoutMs", 2000],
	["BODY_TIMEOUT", "3", "bodyTimeoutMs", 3000],
	["IDLE_TIMEOUT", "4", "idleTimeoutMs", 4000],
	["RESPONSE_TIMEOUT", "5", "responseTimeoutMs", 5000],
	["DRAIN_TIMEOUT", "6", "drainTimeoutMs", 6000],
	["WORKERS", "3", "workers", 3],
	["DRAIN_DELAY", "7", "drainDelayMs", 7000],
	["TUNNEL_DRAIN", "8", "tunnelDrainMs", 8000],
	["MAX_CLIENTS", "7", "maxClients", 7],
	["LOG_LEVEL", "error", "logLevel", "error"],
	["LOG_FILE", "/log", "logFile", "/log"],
	[
		"ADMIN",
		"unix:/run/proxy.sock",
		"admin",
		{ kind: "unix", path: "/run/proxy.sock" },
	],
	["ADMIN_TOKEN", "secret", "adminToken", "secret"],
];

/** Of Interactive Environments and of Interactive Tools alone. */
const OF_MODE: Record<Mode, typeof SET> = {
	gie: [
		["COOKIE", "c", "cookie", "c"],
		["PROXY_PREFIX", "/p", "proxyPrefix", "/p"],
		["FORWARD_SESSION_COOKIE", "1", "forwardSessionCookie", true],
	],
	gxit: [
		["PROXY_PATH_PREFIX", "it/ep/", "proxyPathPrefix", "/it/ep"],
		["POLLING_INTERVAL", "0", "pollingIntervalMs", 0],
		["FORWARD_IP", "10.0.0.5", "forwardIp", "10.0.0.5"],
		["FORWARD_PORT", "8910", "forwardPort", 8910],
		["SESSION_COOKIE", "a,b", "sessionCookies", ["galaxysession", "a", "b"]],
		["COOKIE_PATHS", "keep", "cookiePaths", "keep"],
		["REFERRER_POLICY", "off", "referrerPolicy", ""],
		["PUBLIC_SCHEME", "https", "publicScheme", "https"],
		["GALAXY_URL", "https://g/x/", "galaxyUrl", "https://g/x"],
		["CHECK_OWNER", "1", "checkOwner", true],
		["OWNER_CHECK_FAILURE", "allow", "ownerCheckFailure", "allow"],
		["DOMAIN_TOOLS", "by-token", "domainTools", "on"],
	],
};

for (const [mode, ofMode] of Object.entries(OF_MODE))
	test(`each flag of mode ${mode} has its variable`, () => {
		const set = [...SET, ...ofMode];
		const variables = set.map(([name, text]) => [`GALAXY_PROXY_${name}`, text]);
		const config = read([], Object.fromEntries(variables));
		const values = set.map(([, , field, value]) => [field, value]);
		const other = mode === "gie" ? "gxit" : "gie";
		const unset = OF_MODE[other].map(([, , field]) => field);
		const given = Object.fromEntries(
			Object.entries(config).filter(([field]) => !unset.includes(field)),
		);
		assert.equal(config.mode, mode);
		assert.deepEqual(given, {
			...Object.fromEntries(values),
			mode,
			modeSign: `GALAXY_PROXY_${ofMode[0]?.[0]}`,
			sessions: "/map.sqlite",
			// Only for a database: test/config/database-settings.test.ts.
			database: undefined,
			mapMaxAgeMs: 0,
			mapAllowStandby: false,
			ownPath: mode === "gie" ? "/p" : "",
			reverseProxy: mode === "gie",
			// Its file must exist: test/config/forward-secret.test.ts.
			forwardSecret: undefined,
			// Refused beside workers: test/config/workers.test.ts.
			standby: false,
			// Only Galaxy's file sets them: test/config/closed-ports.test.ts.
			closedPorts: [],
			// Its folder must exist: test/cli/error-pages.test.ts.
			errorPages: undefined,
		});
	});

test("a flag comes before its variable", () => {
	const variables = { GALAXY_PROXY_PORT: "nonsense", GALAXY_PROXY_CORS: "any" };
	const config = read(["--port", "8801", "--cors=none"], variables);
	assert.deepEqual([config.port, config.cors], [8801, "none"]);
});

test("an empty variable counts as not set", () => {
	const config = read([], { GALAXY_PROXY_PORT: "", GALAXY_PROXY_CORS: "" });
	assert.deepEqual([config.port, config.cors], [8000, "same-host"]);
});

test("flags without a value accept words", () => {
	for (const word of ["1", "true", "YES", "on"])
		assert.equal(read([], { GALAXY_PROXY_VERBOSE: word }).verbose, true, word);
	for (const word of ["0", "false", "No", "off", ""])
		assert.equal(read([], { GALAXY_PROXY_VERBOSE: word }).verbose, false, word);
});

test("a value that is neither yes nor no is refused by the variable's name", () => {
	assert.throws(
		() => read([], { GALAXY_PROXY_NO_X_FORWARD: "maybe" }),
		(error) =>
			error instanceof UsageError &&
			error.message.startsWith('GALAXY_PROXY_NO_X_FORWARD: "maybe"'),
	);
});

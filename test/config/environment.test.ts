import assert from "node:assert/strict";
import { test } from "node:test";
import { readCommandLine } from "../../src/cli/program.js";
import { UsageError } from "../../src/config/config.js";

function read(args: string[], variables: Record<string, string>) {
	const env = { GALAXY_PROXY_SESSIONS: "/map.sqlite", ...variables };
	return readCommandLine(args, { env, cwd: "/" });
}

test("each flag has its variable", () => {
	const config = read([], {
		GALAXY_PROXY_IP: "0.0.0.0",
		GALAXY_PROXY_PORT: "8800",
		GALAXY_PROXY_COOKIE: "c",
		GALAXY_PROXY_REVERSE_PROXY: "1",
		GALAXY_PROXY_VERBOSE: "1",
		GALAXY_PROXY_PROXY_PREFIX: "/p",
		GALAXY_PROXY_FORWARD_SESSION_COOKIE: "1",
		GALAXY_PROXY_NO_X_FORWARD: "1",
		GALAXY_PROXY_TRUST_PROXY: "10.0.0.1",
		GALAXY_PROXY_CORS: "none",
		GALAXY_PROXY_KEEP_ALIVE: "always",
		GALAXY_PROXY_ALLOW_TARGET: "docker-1,172.17.0.0/16",
		GALAXY_PROXY_WITHHOLD: "X-Api-Key,theme*",
		GALAXY_PROXY_WITHHOLD_BASIC: "1",
		GALAXY_PROXY_FORWARD_FIELD: "Remote-User",
		GALAXY_PROXY_KEEP_FIELD: "NEL",
		GALAXY_PROXY_SAME_ADDRESS: "any",
		GALAXY_PROXY_CONNECT_TIMEOUT: "1",
		GALAXY_PROXY_HEAD_TIMEOUT: "2",
		GALAXY_PROXY_BODY_TIMEOUT: "3",
		GALAXY_PROXY_IDLE_TIMEOUT: "4",
		GALAXY_PROXY_RESPONSE_TIMEOUT: "5",
		GALAXY_PROXY_DRAIN_TIMEOUT: "6",
		GALAXY_PROXY_MAX_CLIENTS: "7",
		GALAXY_PROXY_LOG_LEVEL: "error",
		GALAXY_PROXY_LOG_FILE: "/log",
		GALAXY_PROXY_ADMIN: "unix:/run/proxy.sock",
		GALAXY_PROXY_ADMIN_TOKEN: "secret",
	});
	assert.deepEqual(config, {
		ip: "0.0.0.0",
		port: 8800,
		cookie: "c",
		sessions: "/map.sqlite",
		reverseProxy: true,
		verbose: true,
		proxyPrefix: "/p",
		forwardSessionCookie: true,
		xForward: false,
		trustProxy: ["10.0.0.1"],
		cors: "none",
		keepAlive: "always",
		allowTarget: ["docker-1", "172.17.0.0/16"],
		withhold: ["X-Api-Key", "theme*"],
		withholdBasic: true,
		forwardField: ["Remote-User"],
		keepField: ["NEL"],
		// Galaxy's file alone says which: test/config/closed-ports.test.ts.
		closedPorts: [],
		sameAddress: "any",
		connectTimeoutMs: 1000,
		headTimeoutMs: 2000,
		bodyTimeoutMs: 3000,
		idleTimeoutMs: 4000,
		responseTimeoutMs: 5000,
		drainTimeoutMs: 6000,
		maxClients: 7,
		logLevel: "error",
		logFile: "/log",
		// Its folder must be there: test/cli/error-pages.test.ts.
		errorPages: undefined,
		admin: { kind: "unix", path: "/run/proxy.sock" },
		adminToken: "secret",
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

test("flags without a value understand words", () => {
	for (const word of ["1", "true", "YES", "on"])
		assert.equal(read([], { GALAXY_PROXY_VERBOSE: word }).verbose, true, word);
	for (const word of ["0", "false", "No", "off", ""])
		assert.equal(read([], { GALAXY_PROXY_VERBOSE: word }).verbose, false, word);
});

test("what is neither yes nor no names the variable", () => {
	assert.throws(
		() => read([], { GALAXY_PROXY_NO_X_FORWARD: "maybe" }),
		(error) =>
			error instanceof UsageError &&
			error.message.startsWith('GALAXY_PROXY_NO_X_FORWARD: "maybe"'),
	);
});

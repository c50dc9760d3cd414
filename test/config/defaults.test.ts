import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { flagsIn } from "../../src/cli/program.js";
import { configure } from "../../src/config/config.js";

const nowhere = { env: {}, cwd: "/" };

test("without flags the legacy's defaults and the new ones apply", () => {
	const { maxClients, ...config } = configure(
		flagsIn(["--sessions", "map"]),
		nowhere,
	);
	assert.deepEqual(config, {
		mode: "gie",
		modeSign: "a JSON map and no other sign; for tools give --mode gxit",
		ip: "localhost",
		port: 8000,
		cookie: "galaxysession",
		sessions: "/map",
		database: undefined,
		mapMaxAgeMs: 0,
		mapAllowStandby: false,
		reverseProxy: false,
		verbose: false,
		proxyPrefix: "",
		ownPath: "",
		forwardSessionCookie: false,
		xForward: true,
		trustProxy: ["loopback"],
		cors: "same-host",
		keepAlive: "auto",
		allowTarget: "any",
		withhold: [],
		withholdBasic: false,
		forwardField: [],
		keepField: [],
		closedPorts: [],
		sameAddress: "newest",
		proxyPathPrefix: "",
		pollingIntervalMs: 1000,
		forwardIp: undefined,
		forwardPort: undefined,
		sessionCookies: ["galaxysession"],
		cookiePaths: "confine",
		referrerPolicy: "same-origin",
		publicScheme: undefined,
		forwardSecret: undefined,
		galaxyUrl: undefined,
		checkOwner: false,
		ownerCheckFailure: "recent",
		domainTools: "on",
		connectTimeoutMs: 5000,
		headTimeoutMs: 30_000,
		bodyTimeoutMs: 120_000,
		idleTimeoutMs: 125_000,
		responseTimeoutMs: 0,
		drainTimeoutMs: 8000,
		workers: undefined,
		standby: false,
		drainDelayMs: 0,
		tunnelDrainMs: undefined,
		logLevel: "info",
		logFile: undefined,
		errorPages: undefined,
		admin: undefined,
		adminToken: undefined,
	});
	assert.ok(Number.isInteger(maxClients) && maxClients > 0);
});

test("--max-clients follows the open file limit", {
	skip: process.platform !== "linux" && "limits are read from /proc",
}, () => {
	const config = new URL("../../src/config/config.js", import.meta.url).href;
	const script = `import(${JSON.stringify(config)}).then(({ configure }) =>
		console.log(configure({ sessions: "a" }, { env: {}, cwd: "/" }).maxClients))`;
	const limited = 'ulimit -n 264 && exec "$0" -e "$1"';
	const printed = execFileSync("sh", ["-c", limited, process.execPath, script]);
	assert.equal(printed.toString(), "100\n");
});

test("--reverse-proxy is --reverseProxy", () => {
	const args = ["--sessions", "a", "--reverse-proxy"];
	assert.equal(configure(flagsIn(args), nowhere).reverseProxy, true);
});

test("if a flag is given twice the last one counts", () => {
	const args = ["--sessions", "a", "--port", "1", "--port", "2"];
	assert.equal(configure(flagsIn(args), nowhere).port, 2);
});

test("--no-x-forward turns adding off", () => {
	const args = ["--sessions", "a", "--no-x-forward"];
	assert.equal(configure(flagsIn(args), nowhere).xForward, false);
});

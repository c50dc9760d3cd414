import assert from "node:assert/strict";
import { test } from "node:test";
import { configure, UsageError } from "../../src/config/config.js";

function configured(name: string, value: string) {
	const given = { sessions: "map", [name]: value };
	return configure(given, { env: {}, cwd: "/galaxy" });
}

const good: [flag: string, text: string, field: string, value: unknown][] = [
	["ip", "0.0.0.0", "ip", "0.0.0.0"],
	["ip", "::", "ip", "::"],
	["ip", "galaxy-1.example.org", "ip", "galaxy-1.example.org"],
	["ip", "unix:/run/proxy.sock", "ip", "unix:/run/proxy.sock"],
	["port", "0", "port", 0],
	["port", "65535", "port", 65535],
	["cookie", "galaxysession_2", "cookie", "galaxysession_2"],
	[
		"sessions",
		"database/map.sqlite",
		"sessions",
		"/galaxy/database/map.sqlite",
	],
	["sessions", "/srv/map.json", "sessions", "/srv/map.json"],
	["logFile", "proxy.log", "logFile", "/galaxy/proxy.log"],
	["proxyPrefix", "/galaxy//gie_proxy/", "proxyPrefix", "/galaxy/gie_proxy"],
	["proxyPrefix", "/", "proxyPrefix", ""],
	[
		"trustProxy",
		"10.0.0.0/8, ::1,loopback",
		"trustProxy",
		["10.0.0.0/8", "::1", "loopback"],
	],
	["trustProxy", "none", "trustProxy", []],
	["cors", "any", "cors", "any"],
	[
		"cors",
		"https://A.example,http://b:8080/",
		"cors",
		["https://a.example", "http://b:8080"],
	],
	["withhold", "X-A, b_*,theme", "withhold", ["X-A", "b_*", "theme"]],
	["withhold", "", "withhold", []],
	["forwardField", "Remote-User", "forwardField", ["Remote-User"]],
	["keepField", "NEL Alt-Svc", "keepField", ["NEL", "Alt-Svc"]],
	["keepAlive", "never", "keepAlive", "never"],
	["allowTarget", "any", "allowTarget", "any"],
	[
		"allowTarget",
		"Docker-1.Example, 172.17.0.0/16,::1",
		"allowTarget",
		["docker-1.example", "172.17.0.0/16", "::1"],
	],
	["headTimeout", "0", "headTimeoutMs", 0],
	["headTimeout", "1.5", "headTimeoutMs", 1500],
	["headTimeout", "0.0001", "headTimeoutMs", 1],
	["drainTimeout", "2147483", "drainTimeoutMs", 2_147_483_000],
	["maxClients", "1", "maxClients", 1],
	["workers", "1", "workers", 1],
	["workers", "64", "workers", 64],
	["drainDelay", "0", "drainDelayMs", 0],
	["drainDelay", "1.5", "drainDelayMs", 1500],
	["tunnelDrain", "0", "tunnelDrainMs", 0],
	["tunnelDrain", "2147483", "tunnelDrainMs", 2_147_483_000],
	["logLevel", "debug", "logLevel", "debug"],
	[
		"admin",
		"localhost:8801",
		"admin",
		{ kind: "tcp", host: "localhost", port: 8801 },
	],
	["admin", "[::1]:0", "admin", { kind: "tcp", host: "::1", port: 0 }],
	["admin", "unix:a.sock", "admin", { kind: "unix", path: "/galaxy/a.sock" }],
];

for (const [flag, text, field, value] of good)
	test(`${flag} "${text}" is taken`, () => {
		const config: Record<string, unknown> = { ...configured(flag, text) };
		assert.deepEqual(config[field], value);
	});

/** Refused values by flag, separated by bars. */
const BAD: Record<string, string> = {
	ip: `|256.1.1.1|1.2.3|[::1]|a b|-a|unix:|unix:proxy.sock|unix:/run/|unix:/${"a".repeat(107)}`,
	port: "|-1|65536|8800x|8e3| 80|0x50",
	cookie: "|a b|a=b|a;b|ä",
	sessions: "|a\0b",
	logFile: "",
	proxyPrefix: "gie_proxy|/a?b|/a#b|/a b|/ä|http://a/b",
	trustProxy:
		"10.0.0.0/33|::/129|10.0.0.1/|a.example|1.2.3.4/8/8|fe80::1%eth0|none,::1",
	cors: "|some|any,none|https://a/b|https://a?b|ftp://a|a.example|null|https://u:p@a",
	withhold:
		"*|a*b|a b=c|a:b|Host|cookie|Content_Length|transfer_encoding|Sec-WebSocket-Key|sec_websocket_*|Sec-*|Content-*|content_l*|Ho*|c*",
	forwardField: "*|a:b|a,b=c",
	keepField: "*|ä",
	keepAlive: "|on|AUTO",
	allowTarget:
		"|any,a|256.1.1.1|10.0.0.0/33|a.example/8|[::1]|a:80|fe80::1%eth0",
	connectTimeout: "|-1|1s|1,5|Infinity|.|1e3|2147484",
	maxClients: "0|-5|1.5|many",
	workers: "|0|-1|65|1.5|2e1|0x2| 2|many|AUTO",
	drainDelay: "|-1|1s|1,5|2147484",
	tunnelDrain: "|-1|never|Infinity|2147484",
	logLevel: "|loud|silent",
	admin:
		"|8801|127.0.0.1|127.0.0.1:|:8801|::1:8801|[127.0.0.1]:8801|a:65536|unix:|http://127.0.0.1:8801",
	adminTokenFile: "",
};

for (const [flag, texts] of Object.entries(BAD))
	for (const text of texts.split("|"))
		test(`${flag} ${JSON.stringify(text)} is refused`, () => {
			const dashed = flag.replace(/[A-Z]/g, (s) => `-${s.toLowerCase()}`);
			assert.throws(
				() => configured(flag, text),
				(error) =>
					error instanceof UsageError &&
					error.message.startsWith(`--${dashed}: ${JSON.stringify(text)}`) &&
					/; give \w/.test(error.message),
			);
		});

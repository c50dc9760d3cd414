import assert from "node:assert/strict";
import { test } from "node:test";
import { flagsIn } from "../../src/cli/program.js";
import { configure } from "../../src/config/config.js";

/** The flags that Galaxy's launcher passes (lib/galaxy/web/proxy/__init__.py), --verbose with dynamic_proxy_debug. */
const WORDS = [
	["--sessions", "database/session_map.sqlite"],
	["--ip", "0.0.0.0"],
	["--port", "8800"],
	["--reverseProxy"],
	["--verbose"],
];

function orders<T>(items: T[]): T[][] {
	if (items.length === 0) return [[]];
	return items.flatMap((first, at) =>
		orders(items.toSpliced(at, 1)).map((rest) => [first, ...rest]),
	);
}

test("Galaxy's flags mean the same in every order", () => {
	for (const order of orders(WORDS)) {
		const config = configure(flagsIn(order.flat()), {
			env: {},
			cwd: "/galaxy",
		});
		const { sessions, ip, port, reverseProxy, verbose, cookie } = config;
		assert.deepEqual(
			{ sessions, ip, port, reverseProxy, verbose, cookie },
			{
				sessions: "/galaxy/database/session_map.sqlite",
				ip: "0.0.0.0",
				port: 8800,
				reverseProxy: true,
				verbose: true,
				cookie: "galaxysession",
			},
		);
	}
});

test("the command lines from before 16.10 and of admins' supervisors are accepted too", () => {
	for (const words of [
		"--sessions /map.sqlite --ip 0.0.0.0 --port 8800",
		"--ip 0.0.0.0 --port 8800 --sessions /map.sqlite --cookie galaxysession --verbose",
	]) {
		const config = configure(flagsIn(words.split(" ")), { env: {}, cwd: "/" });
		assert.deepEqual(
			[config.sessions, config.port, config.reverseProxy],
			["/map.sqlite", 8800, false],
		);
	}
});

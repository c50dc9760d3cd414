import assert from "node:assert/strict";
import { test } from "node:test";
import { runCli } from "../cli/run-cli.js";

const ONE = ["--server", "10.0.0.7:8800,8801"];

/** Words after `front`, and what the error on standard error says. */
const REFUSED: readonly [words: readonly string[], message: RegExp][] = [
	[
		["haproxy", "--server", "10.0.0.7"],
		/--server: "10.0.0.7" is not allowed; give HOST:PORT,ADMIN_PORT, for/,
	],
	[["haproxy", "--server", "10.0.0.7:0,8801"], /is not allowed; give/],
	[["haproxy", "--server", "10.0.0.7:8800,70000"], /is not allowed; give/],
	[["haproxy", "--server", "10.0.0.7:8800,"], /is not allowed; give/],
	[["haproxy", "--server", "10.0.0.7:8800,8801,8802"], /is not allowed; give/],
	[["haproxy", "--server", "a b:8800,8801"], /is not allowed; give/],
	[["haproxy", "--server", ""], /is not allowed; give/],
	[["haproxy", ...ONE, ...ONE], /--server: 10.0.0.7:8800 is given twice/],
	[
		["haproxy", ...ONE, "--server", "10.0.0.7:8810,8801"],
		/10.0.0.7:8801 is given twice/,
	],
	[
		["haproxy", ...ONE, "--server", "10.0.0.8:8800"],
		/the daemon at 10.0.0.8:8800, .* give --admin, .*--server 10.0.0.8:8800,ADMIN_PORT/,
	],
	[
		["haproxy", "--port", "8800"],
		/give --admin, for example --admin 127.0.0.1:8801/,
	],
	[
		["haproxy", "--port", "8800", "--admin", "unix:/run/a.sock"],
		/needs a port of the admin listener/,
	],
	[
		["haproxy", "--server", "localhost:8000,8801"],
		/--server 127.0.0.1:8000 is where Galaxy itself listens/,
	],
	[
		["apache", ...ONE],
		/front apache takes no --server: .* use front haproxy or front nginx/,
	],
	[["caddy", ...ONE], /front caddy takes no --server/],
	[["traefik", ...ONE], /front traefik takes no --server/],
	[
		["traefik", "--ip", "unix:/run/a.sock"],
		/Traefik does not send requests to a unix socket: give .* --ip and --port/,
	],
	[["galaxy", ...ONE], /front galaxy takes no --server/],
	[["systemd", ...ONE], /front systemd takes no --server/],
	[["supervisord", ...ONE], /front supervisord takes no --server/],
];

for (const [words, message] of REFUSED)
	test(`refused: front ${words.join(" ")}`, async () => {
		const { code, stdout, stderr } = await runCli(["front", ...words]);
		assert.deepEqual([code, stdout], [2, ""]);
		assert.match(stderr, message);
		assert.equal(stderr.trimEnd().split("\n").length, 1);
	});

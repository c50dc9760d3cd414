import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { nginxCommand, printedFront } from "./support/fronts.js";
import { placeFor } from "./support/place.js";

const TWO = ["--server", "127.0.0.1:8800,8801", "--server", "[::1]:8810,8811"];

const CASES: Record<string, readonly string[]> = {
	environments: TWO,
	"environments below an odd prefix": [
		...TWO,
		...["--proxy-prefix", "/a%20b.c(d){e};'f'/gie+proxy", "--cookie", "a'b#c"],
	],
	tools: ["--mode", "gxit", ...TWO, "--server-name", "galaxy.example.org"],
	"tools below an odd prefix": [
		...["--mode", "gxit", ...TWO],
		...["--proxyPathPrefix", "/a%20b.c(d)'e'{2}/ep"],
	],
	"one daemon on a socket": [
		...["--ip", "unix:/run/a.sock", "--admin", "127.0.0.1:8801"],
	],
};

for (const [what, words] of Object.entries(CASES)) {
	test(`HAProxy loads the configuration printed for ${what} without a warning`, (t) => {
		const config = placeFor(t, "front-loads-haproxy").file("haproxy.cfg");
		writeFileSync(config, printedFront("haproxy", ...words));
		const { status, stdout, stderr } = spawnSync(
			"haproxy",
			["-c", "-f", config],
			{ encoding: "utf8" },
		);
		assert.equal(status, 0, stderr);
		assert.match(stdout + stderr, /Configuration file is valid/);
		assert.doesNotMatch(stdout + stderr, /WARNING|ALERT/);
	});

	test(`nginx loads the configuration printed for ${what} without a warning`, (t) => {
		const folder = placeFor(t, "front-loads-nginx-several").file("nginx");
		mkdirSync(folder);
		const text = printedFront("nginx", ...words)
			.replaceAll("    listen [::]:80;\n", "")
			.replaceAll("listen 80;", "listen unix:nginx.sock;");
		writeFileSync(
			`${folder}/nginx.conf`,
			`pid nginx.pid;\nevents {}\nhttp {\n${text}\n}\n`,
		);
		const [command = "", ...args] = nginxCommand(folder);
		const { stderr } = spawnSync(command, [...args, "-t"], {
			encoding: "utf8",
		});
		assert.match(stderr, /syntax is ok\n.*test is successful\n$/);
		assert.doesNotMatch(stderr, /warn|emerg/);
	});
}

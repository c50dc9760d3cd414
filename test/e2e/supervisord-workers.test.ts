import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { test } from "node:test";
import { freePort } from "../support/free-port.js";
import { writeSessionMap } from "../support/session-map.js";
import { startLoad, startLoadContainer } from "../support/steady-load.js";
import { printedFront } from "./support/fronts.js";
import { placeFor } from "./support/place.js";
import { isListening, until } from "./support/until.js";

test("the command in supervisord's printed program restarts the workers, and no request is lost", async (t) => {
	const place = placeFor(t, "supervisord-workers");
	const port = await freePort();
	const map = place.file("map.sqlite");
	writeSessionMap(map, { abc: await startLoadContainer(t) });
	const block = printedFront(
		"supervisord",
		...["--port", String(port), "--sessions", map, "--workers", "2"],
		...["--user", userInfo().username],
	);
	const config = place.file("supervisord.conf");
	const log = place.file("proxy.log");
	writeFileSync(
		config,
		`[supervisord]
logfile = ${place.file("own.log")}
pidfile = ${place.file("pid")}
[unix_http_server]
file = ${place.file("supervisor.sock")}
[supervisorctl]
serverurl = unix://${place.file("supervisor.sock")}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
${block}stdout_logfile = ${log}
`,
	);
	const command = ["supervisord", "--nodaemon", "-c", config];
	await place.startReady("supervisord", command, () => isListening(port));
	const workersReady = () =>
		readFileSync(log, "utf8").split('"worker ready"').length - 1;
	await until("two workers", () => workersReady() === 2);

	const [, words = ""] = /^; Reload.*: (supervisorctl .*)$/m.exec(block) ?? [];
	const [program = "", ...args] = words.split(" ");
	const load = await startLoad(t, { port, rate: 400, tunnels: 2 });
	execFileSync(program, ["-c", config, ...args]);
	await until("two new workers", () => workersReady() === 4);
	await load.until(400);
	const { lost, losses, tunnels } = await load.stop();
	assert.deepEqual([lost, tunnels.cut, losses], [0, 0, []]);
});

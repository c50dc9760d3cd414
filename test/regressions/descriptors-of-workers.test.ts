import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { runCli } from "../cli/run-cli.js";
import { repository, scratchFolder } from "../support/folders.js";

// The worker blamed --ip and --port, which systemd's sockets make unused.
test("workers say what is wrong with a descriptor of systemd", async (t) => {
	const map = join(scratchFolder(t), "map.sqlite");
	const program = join(repository, "test/support/pass-sockets.py");
	const within = ["python3", program, "own", "datagram", "--"];
	const args = ["--sessions", map, "--workers", "2"];
	const { code, stdout } = await runCli(args, { within });
	assert.equal(code, 1);
	assert.match(stdout, /LISTEN_FDS.*ListenStream=/);
	assert.doesNotMatch(stdout, /check --ip/);
});

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startDaemon } from "../support/daemon.js";
import { galaxyFolder } from "./galaxy-folder.js";

/** Nothing listens on port 1. */
function yaml(password: string): string {
	return `galaxy:\n  interactivetoolsproxy_map: postgresql://u:${password}@127.0.0.1:1/map\n`;
}

test("a password that changes in Galaxy's file needs a restart, and is not logged", async (t) => {
	const cwd = galaxyFolder(t, { "galaxy.yml": yaml("hunter2") });
	const file = join(cwd, "galaxy.yml");
	const listen = ["--ip", "127.0.0.1", "--port", "0"];
	const args = ["--config", file, ...listen];
	const daemon = await startDaemon(t, { bare: true, args });
	writeFileSync(file, yaml("hunter3"));
	daemon.child.kill("SIGHUP");
	const { sessions } = await daemon.logged(
		({ msg }) => msg === "these settings changed and need a restart",
	);
	assert.equal(sessions, "postgresql://u@127.0.0.1:1/map");
	assert.doesNotMatch(JSON.stringify(daemon.lines), /hunter/);
});

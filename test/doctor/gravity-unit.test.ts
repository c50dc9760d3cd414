import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { startHttpBackend } from "../support/container.js";
import { scratchFolder } from "../support/folders.js";
import { type Examined, examine, expectDiagnosis } from "./examined.js";
import { galaxyFolder } from "./galaxy-file.js";

const NAME = "gravity service";
const GALAXY = `gravity: {process_manager: systemd, galaxy_user: root, galaxy_root: "@", gx_it_proxy: {enable: true, port: 1}}
galaxy: {interactivetools_enable: true, data_dir: "@/data"}`;

/** Doctor's output where systemctl reports these properties, and journalctl these lines. */
async function examineUnit(
	t: TestContext,
	properties: Record<string, string>,
	log = "",
	{ flags = [], nodeArgs = [] }: { flags?: string[]; nodeArgs?: string[] } = {},
): Promise<Examined> {
	const root = galaxyFolder(t, { "galaxy.yml": GALAXY });
	const programs = scratchFolder(t);
	const shown = Object.entries({ LoadState: "loaded", ...properties });
	const lines = shown.map(([name, value]) => `${name}=${value}\n`).join("");
	for (const [name, text] of [
		["systemctl", lines],
		["journalctl", log],
	] as const) {
		const program = join(programs, name);
		writeFileSync(program, `#!/bin/sh\ncat <<'END'\n${text}\nEND\n`);
		chmodSync(program, 0o755);
	}
	const PATH = `${programs}:${dirname(process.execPath)}:/usr/bin:/bin`;
	const args = ["--config", join(root, "galaxy.yml"), ...flags];
	return examine(args, { env: { PATH }, nodeArgs });
}

const ACTIVE = {
	ActiveState: "active",
	SubState: "running",
	Result: "success",
};
const START = "Working directory: /srv\nExecuting: npx\n";

test("systemd's unit ends again and again, and is active most of the time: the log says why, without its secrets", async (t) => {
	const log = `${START}{"token":"secret-word"}
{"msg":"127.0.0.1:1 is in use by process 7 (python3)"}
`;
	const examined = await examineUnit(t, { ...ACTIVE, NRestarts: "7" }, log);
	expectDiagnosis(examined, {
		name: NAME,
		what: /gx-it-proxy\.service is active \(running\), was restarted 7 times without success: no tool.* its log says: 127\.0\.0\.1:1 is in use by process 7$/,
		remedy: /lines port and other proxies.*systemctl restart galaxy-gx-it/,
	});
	assert.doesNotMatch(examined.stdout, /secret-word/);
});

test("an ordinary account, which does not see the restarted process, asks its port", async (t) => {
	const { port } = await startHttpBackend(t, (_, response) => response.end());
	const uid = "data:text/javascript,process.getuid = () => 65533";
	const properties = { ...ACTIVE, NRestarts: "1" };
	const { findings } = await examineUnit(t, properties, "", {
		flags: ["--port", String(port)],
		nodeArgs: ["--import", uid],
	});
	const found = findings.find(({ name }) => name === NAME);
	assert.equal(found?.verdict, "good", JSON.stringify(found));
	assert.match(
		found?.what ?? "",
		/running\), and its port accepts connections$/,
	);
});

test("systemd has given the unit up, for a reason that is not known", async (t) => {
	const failed = { ActiveState: "failed", SubState: "failed" };
	const properties = { ...failed, Result: "exit-code", NRestarts: "1" };
	expectDiagnosis(await examineUnit(t, properties, "token-of-a-user\n"), {
		name: NAME,
		what: /is failed \(exit-code\), was restarted 1 time without success: no tool/,
		remedy:
			/^Read journalctl -u galaxy-gx-it-proxy\.service -n 50\. Then systemctl reset-failed/,
	});
});

test("systemd's unit does not exist, or is one of an account", async (t) => {
	const properties = { LoadState: "not-found", ActiveState: "inactive" };
	expectDiagnosis(await examineUnit(t, properties), {
		name: NAME,
		verdict: "doubtful",
		what: /does not exist: gravity has not written it yet, or an account/,
		remedy: /^galaxyctl update .*systemctl --user status/,
	});
});

test("systemd's unit runs, and npx may still unpack the package", async (t) => {
	const examined = await examineUnit(t, { ...ACTIVE, NRestarts: "0" }, START);
	const found = examined.findings.find(({ name }) => name === NAME);
	assert.equal(found?.verdict, "good", JSON.stringify(found));
});

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect, head } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { type Daemon, startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";

/** Starts an inner proxy on a free port of loopback. */
function startInner(t: TestContext, ...flags: string[]): Promise<Daemon> {
	const listen = ["--ip", "127.0.0.1", "--port", "0"];
	const args = ["--mode", "gxit", ...listen, ...flags];
	return startDaemon(t, { bare: true, stillLoads: true, args });
}

/** The status of the answer to a request for this container. */
async function statusFor(
	t: TestContext,
	{ port }: Daemon,
	container: string,
): Promise<number> {
	const client = await connect(t, port);
	const named = `X-Interactive-Tool-Host: ${container}`;
	client.send(head("GET / HTTP/1.1", "Host: tool.example", named));
	return (await client.response()).status;
}

test("an inner proxy warns whom it obeys, and leads to a container", async (t) => {
	const { host, port } = await startAnswering(t);
	const daemon = await startInner(t);
	const warning = await daemon.logged(({ reach }) => reach !== undefined);
	assert.equal(warning.level, "warn");
	assert.match(String(warning.msg), /whoever reaches it/);
	assert.match(
		String(warning.reach),
		/^10\.0\.0\.0\/8, .*127\.0\.0\.0\/8, ::1$/,
	);
	assert.equal(await statusFor(t, daemon, `${host}:${port}`), 200);
});

test("with a secret it says so, and refuses what is not signed", async (t) => {
	const { host, port, connections } = await startAnswering(t);
	const file = join(scratchFolder(t), "secret");
	writeFileSync(file, "sixteen bytes or more\n");
	const daemon = await startInner(t, "--forward-secret-file", file);
	const line = await daemon.logged(({ reach }) => reach !== undefined);
	assert.match(String(line.msg), /signed with --forward-secret-file/);
	assert.equal(await statusFor(t, daemon, `${host}:${port}`), 403);
	assert.equal(connections.length, 0);
	const refused = await daemon.logged(({ status }) => status === 403);
	assert.match(JSON.stringify(refused), /the request is not signed/);
});

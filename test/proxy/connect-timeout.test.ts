import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect as dial } from "node:net";
import { type TestContext, test } from "node:test";
import { request, upgrade } from "../support/client.js";
import { startProxy } from "../support/proxy.js";
import { answerTo } from "./own-answer.js";

const skip =
	process.platform !== "linux" && "only Linux drops a SYN for a full backlog";
const SLOW = { status: 504, text: /^The environment cannot be reached/ };

for (const [name, text, closes] of [
	["request", request("GET /"), false],
	["upgrade", upgrade(), true],
] as const)
	test(`504 for a ${name} where connecting takes longer than --connect-timeout`, {
		skip,
	}, async (t) => {
		const port = await startFullListener(t);
		const target = { host: "127.0.0.1", port };
		const proxy = await startProxy(
			t,
			{ abc: target },
			{ connectTimeoutMs: 200 },
		);
		await answerTo(t, proxy.port, text, { ...SLOW, closes });
	});

const LISTENER = `
import socket, sys
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(0)
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
`;

/** A listener whose backlog is full, so that Linux drops every further SYN. Node cannot listen with a backlog of 0. */
async function startFullListener(t: TestContext): Promise<number> {
	const python = spawn("python3", ["-c", LISTENER]);
	t.after(() => python.kill());
	const [line] = await once(python.stdout, "data");
	const port = Number(line);
	const filler = dial(port, "127.0.0.1");
	t.after(() => filler.destroy());
	await once(filler, "connect");
	return port;
}

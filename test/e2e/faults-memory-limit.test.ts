import assert from "node:assert/strict";
import {
	existsSync,
	mkdirSync,
	readFileSync,
	rmdirSync,
	writeFileSync,
} from "node:fs";
import { test } from "node:test";
import { connect, request } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";
import { openUntaken, startUntaking } from "../support/untaken.js";

/** Little more than an idle daemon uses. */
const LIMIT_BYTES = 128 * 1024 * 1024;
const PEERS = 100;
/** The memory controller of control groups version 1, where this machine has it. */
const MEMORY = "/sys/fs/cgroup/memory";

const skip =
	(process.getuid?.() !== 0 && "control groups need root") ||
	(!existsSync(`${MEMORY}/memory.limit_in_bytes`) &&
		"there is no memory controller here");

interface Group {
	/** Words that run a program in it. */
	readonly within: string[];
	/** The most memory that it used, in bytes. */
	peak(): number;
	/** Only after its last process has ended. */
	remove(): void;
}

function limitedGroup(): Group {
	const group = `${MEMORY}/galaxy-proxy-test-${process.pid}`;
	mkdirSync(group);
	writeFileSync(`${group}/memory.limit_in_bytes`, String(LIMIT_BYTES));
	const script = 'echo $$ > "$0/cgroup.procs" && exec "$@"';
	return {
		within: ["sh", "-c", script, group],
		peak: () =>
			Number(readFileSync(`${group}/memory.max_usage_in_bytes`, "latin1")),
		remove: () => rmdirSync(group),
	};
}

test("with 128 MB of memory the daemon survives uploads and downloads that the peers do not read", {
	skip,
}, async (t) => {
	const container = await startUntaking(t);
	const { within, peak, remove } = limitedGroup();
	const daemon = await startDaemon(t, {
		sessions: { abc: container },
		within,
		args: ["--drain-timeout", "0.1"],
	});
	// Behind the hook that ends the daemon.
	t.after(remove);
	await openUntaken(t, daemon.port, { peers: PEERS, megabytes: 4 });
	const client = await connect(t, daemon.port);
	for (let n = 0; n < 100; n++) {
		const { status } = await client.send(request("GET /small")).response();
		assert.equal(status, 204);
	}
	t.diagnostic(`at most ${Math.round(peak() / 1024)} kB were used`);
});

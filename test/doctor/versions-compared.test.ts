import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type Running,
	versionsFound,
} from "../../src/commands/doctor/version-check.js";
import { startWatched } from "../support/admin.js";
import { examine } from "./examined.js";

const NODE = "24.1.0";
const OLD = { version: "1.0.0", node: NODE };
const NEW = { version: "1.1.0", node: NODE };

function found(running: Omit<Running, "pid" | "node">): string[] {
	const all = versionsFound({ pid: 7, node: NODE, ...running }, "1.1.0");
	return [...all].map(({ verdict, what }) => `${verdict}: ${what}`);
}

function worker(worker: number, build: typeof OLD, state = "serving") {
	return { worker, state, ...build };
}

test("a single process has one version to compare", () => {
	assert.match(found(NEW).join(), /^good: the proxy runs version 1\.1\.0/);
	assert.match(found(OLD).join(), /^doubtful: .* but 1\.1\.0 is installed/);
});

test("workers that drain may be of any version", () => {
	const workers = [worker(1, NEW), worker(2, NEW), worker(1, OLD, "draining")];
	assert.deepEqual(found({ ...NEW, workers }), [
		`good: the supervisor and its 2 workers run version 1.1.0 on Node ${NODE}`,
	]);
});

test("a rolling restart that has stopped half-way is reported", () => {
	const workers = [worker(1, NEW), worker(2, OLD)];
	const [first, second] = found({ ...OLD, workers });
	assert.match(
		first ?? "",
		/^doubtful: the workers run version 1\.1\.0.*1\.0\.0/,
	);
	assert.match(second ?? "", /^doubtful: the supervisor runs version 1\.0\.0/);
});

test("workers on another Node than the supervisor's are reported", () => {
	const workers = [worker(1, { ...NEW, node: "26.0.0" })];
	assert.match(found({ ...NEW, workers }).join(), /on Node 26\.0\.0/);
});

test("doctor sends the token, and says if it is missing", async (t) => {
	const env = { GALAXY_PROXY_ADMIN_TOKEN: "c0ffee" };
	const { daemon, port } = await startWatched(t, { env });
	const at = ["--sessions", daemon.map, "--port", String(daemon.port)];
	const args = [...at, "--admin", `127.0.0.1:${port}`];
	const verdict = async (options = {}) => {
		const { findings, stdout } = await examine(args, options);
		assert.ok(!stdout.includes("c0ffee"));
		return findings.find(({ name }) => name === "versions")?.verdict;
	};
	assert.equal(await verdict({ env }), "good");
	assert.equal(await verdict(), "unchecked");
});

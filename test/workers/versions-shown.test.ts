import assert from "node:assert/strict";
import { test } from "node:test";
import { examine, expectDiagnosis } from "../doctor/examined.js";
import { startWatched } from "../support/admin.js";
import { copyInstallation } from "../support/installation.js";

interface Live {
	version: string;
	workers: { generation: number; state: string; version: string }[];
}

test("the versions of a supervisor and its workers are shown, and doctor says what to do", async (t) => {
	const { script, install } = copyInstallation(t);
	install("9.0.1");
	const args = ["--workers", "2"];
	const { daemon, port, askJson, metric } = await startWatched(t, {
		script,
		args,
	});
	const node = process.versions.node;
	const build = (version: string) =>
		metric(`galaxy_proxy_build_info{version="${version}",node="${node}"}`);
	const at = ["--sessions", daemon.map, "--port", String(daemon.port)];
	const doctor = () => examine([...at, "--admin", `127.0.0.1:${port}`]);
	async function untilServing(generation: number): Promise<Live> {
		for (;;) {
			const live = await askJson<Live>("/live");
			const isSo = live.workers.every(
				(one) => one.generation === generation && one.state === "serving",
			);
			if (isSo && live.workers.length === 2) return live;
		}
	}
	await untilServing(1);
	const { findings } = await doctor();
	const good = findings.find(({ name }) => name === "versions");
	assert.match(
		good?.what ?? "",
		/^the supervisor and its 2 workers run .*9.0.1/,
	);

	install("9.0.2");
	expectDiagnosis(await doctor(), {
		name: "versions",
		verdict: "doubtful",
		what: /^the workers run version 9\.0\.1 on Node .*, but 9\.0\.2 is installed/,
		remedy: new RegExp(`kill -USR2 ${daemon.pid}`),
	});

	daemon.child.kill("SIGUSR2");
	const live = await untilServing(2);
	assert.equal(live.version, "9.0.1");
	for (const worker of live.workers) assert.equal(worker.version, "9.0.2");
	assert.equal(await build("9.0.1"), 1);
	assert.equal(await build("9.0.2"), 1);
	expectDiagnosis(await doctor(), {
		name: "versions",
		verdict: "doubtful",
		what: /^the supervisor runs version 9\.0\.1 .*, its workers 9\.0\.2 /,
		remedy: /systemctl restart/,
	});
});

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { listRows } from "../../src/session-map/map-list.js";
import { repository } from "../support/folders.js";
import { startRunning, startSite } from "./examined.js";
import { startToolsSite, type ToolsSite } from "./tools-site.js";

for (const signal of ["SIGINT", "SIGTERM"] as const)
	test(`${signal} while a test row is in the map: it is removed, and the findings so far are printed`, async (t) => {
		const running = await startRunning(t);
		const before = await listRows(running.daemon.map, 10);
		const during: Promise<unknown>[] = [];
		const origin = await startSite(t, running, {
			onHead(head) {
				if (!/^x-galaxy-proxy-doctor: silent/im.test(head)) return;
				const rows = listRows(running.daemon.map, 10);
				during.push(rows);
				void rows.finally(() => doctor.kill(signal));
			},
		});
		const script = join(repository, "lib", "main.js");
		const flags = ["--ip", "127.0.0.1", ...running.args];
		const probe = ["--url", `${origin}/galaxy`, "--probe", "--silence", "60"];
		const doctor = spawn(process.execPath, [
			script,
			"doctor",
			...flags,
			...probe,
		]);
		const [stdout] = await Promise.all([
			text(doctor.stdout),
			once(doctor, "close"),
		]);
		assert.notDeepEqual(await during[0], before);
		assert.deepEqual(await listRows(running.daemon.map, 10), before);
		assert.equal(existsSync(`${running.daemon.map}.lock`), false);
		assert.match(stdout, /unchecked .*doctor was interrupted/);
	});

test("SIGTERM while a test tool is in the map: its row is removed", async (t) => {
	const path = (site: ToolsSite) =>
		site.args[site.args.indexOf("--sessions") + 1] ?? "";
	const during: Promise<unknown>[] = [];
	const site = await startToolsSite(t, {
		onHead(head) {
			if (!/^x-galaxy-proxy-doctor: silent/im.test(head)) return;
			const rows = listRows(path(site), 10, true, "gxit");
			during.push(rows);
			void rows.finally(() => doctor.kill("SIGTERM"));
		},
	});
	const rows = () => listRows(path(site), 10, true, "gxit");
	const before = await rows();
	const script = join(repository, "lib", "main.js");
	const flags = ["--ip", "127.0.0.1", ...site.args, "--url", site.url];
	const probe = ["--probe", "--silence", "60"];
	const words = [script, "doctor", ...flags, ...probe];
	const doctor = spawn(process.execPath, words);
	await Promise.all([text(doctor.stdout), once(doctor, "close")]);
	assert.notDeepEqual(await during[0], before);
	assert.deepEqual(await rows(), before);
});

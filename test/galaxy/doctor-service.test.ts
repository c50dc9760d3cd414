import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { until } from "../e2e/support/until.js";
import { doctorLines } from "./support/doctor.js";
import {
	forgetProxy,
	galaxyctl,
	SERVES_MS,
	useProxy,
} from "./support/gravity.js";
import { currentLab } from "./support/lab.js";
import { proxyProcesses } from "./support/processes.js";

const lab = currentLab();

async function serviceLine(): Promise<string> {
	const [line = "none"] = await doctorLines(lab, "gravity service");
	return line;
}

test("another program has the proxy's port: doctor says so, and its advice makes the proxy run", async (t) => {
	await useProxy(lab, {});
	assert.match(await serviceLine(), /^good: gx-it-proxy is RUNNING/);
	const other = createServer();
	t.after(() => other.close());
	forgetProxy(lab);
	t.after(() => useProxy(lab, {}));
	await galaxyctl(lab, "stop", "gx-it-proxy");
	assert.match(await serviceLine(), /^wrong: gx-it-proxy is STOPPED/);

	// supervisord waits for the first of its processes only.
	await until("all to end", () => proxyProcesses(lab).length === 0);
	other.listen(lab.proxyPort, "127.0.0.1");
	await once(other, "listening");
	// galaxyctl waits until it has failed.
	await galaxyctl(lab, "start", "gx-it-proxy").catch(() => {});
	let line = "";
	const isSaid = async () => {
		line = await serviceLine();
		return /127\.0\.0\.1:\d+ is in use by .* lines port and other/.test(line);
	};
	const patience = { patience: SERVES_MS, soFar: () => `: ${line}` };
	await until("doctor's line", isSaid, patience);
	t.diagnostic(line);

	other.close();
	await galaxyctl(lab, "restart", "gx-it-proxy");
	const isGood = async () => {
		line = await serviceLine();
		return line.startsWith("good: ");
	};
	await until("the proxy", isGood, patience);
});

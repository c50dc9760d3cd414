import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "../support/free-port.js";
import { Gravity, type Seen } from "./support/gravity.js";
import { placeFor } from "./support/place.js";
import { packInto } from "./support/tarballs.js";
import { isListening, until } from "./support/until.js";

test("gravity starts, restarts and stops the proxy, by its version and from Galaxy's root", async (t) => {
	const place = placeFor(t, "gravity");
	const port = await freePort();
	const gravity = new Gravity(place, port);
	const tarballs = packInto(gravity.folder);
	const serves = (what: string) =>
		until(what, () => isListening(port), { soFar: () => gravity.log });
	const haveEnded = (former: readonly Seen[]) =>
		until(
			"the former processes to end",
			() =>
				!gravity
					.processes()
					.some(({ pid }) => former.some((p) => p.pid === pid)),
		);
	const isGone = async () =>
		gravity.processes().length === 0 && !(await isListening(port));

	gravity.configure(`file:${tarballs.galaxyProxy}`);
	const began = performance.now();
	await gravity.ctl("start");
	await serves("the first start");
	t.diagnostic(`first start: ${Math.round(performance.now() - began)} ms`);
	await until("its map's line", () => /Watching path \//.test(gravity.log));
	assert.doesNotMatch(gravity.log, /Warning/);

	// Supervisor knows npx alone: it starts another, while this one's daemon notices that npx has ended.
	const first = gravity.processes();
	const npx = first.find(({ command }) => /\/npx @galaxyproject/.test(command));
	assert.ok(npx, JSON.stringify(first));
	process.kill(npx.pid, "SIGTERM");
	await haveEnded(first);
	await serves("the next daemon");

	const second = gravity.processes();
	await gravity.ctl("restart", "gx-it-proxy");
	await haveEnded(second);
	await serves("the restarted daemon");

	await gravity.ctl("stop");
	await until("all to end", isGone, { patience: 10_000 });

	const npm = join(gravity.folder, "venv/bin/npm");
	const { PATH, ...others } = place.environment;
	execFileSync(npm, ["install", tarballs.gxItProxy], {
		cwd: gravity.root,
		env: { ...others, PATH: `${join(gravity.folder, "venv/bin")}:${PATH}` },
		stdio: "ignore",
	});
	gravity.configure();
	await gravity.ctl("start");
	await serves("the package in Galaxy's root");
	assert.match(
		gravity.log,
		/npx @galaxyproject\/gx-it-proxy@>=0\.0\.6 [^\n]*--proxyPathPrefix \/interactivetool\/ep\n/,
	);
	await gravity.ctl("shutdown");
	await until("all to end", isGone, { patience: 10_000 });
});

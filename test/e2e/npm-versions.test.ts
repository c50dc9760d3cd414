import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
	closeSync,
	mkdirSync,
	openSync,
	readFileSync,
	writeFileSync,
} from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { download } from "../support/download.js";
import { freePort } from "../support/free-port.js";
import { type Place, placeFor } from "./support/place.js";
import { GRAVITYS_RANGE, NO_REGISTRY, packInto } from "./support/tarballs.js";
import { isListening, until } from "./support/until.js";

/** Milliseconds that gravity gives a service to start, on a machine that has nothing else to do. */
const START_MS = 10_000;

for (const version of [8, 9, 10, 11])
	test(`npm ${version} starts both tarballs as gravity does, with an empty cache and no registry`, async (t) => {
		const place = placeFor(t, `npm-${version}`);
		const { galaxyProxy, gxItProxy } = packInto(place.folder);
		const npm = installNpm(place, version);

		await starts(t, place, { npm, root: "file", range: `file:${galaxyProxy}` });
		await starts(t, place, { npm, root: "scoped", range: `file:${gxItProxy}` });

		mkdirSync(place.file("local"));
		// Else npm would install into the nearest folder above that has one.
		writeFileSync(place.file("local/package.json"), "{}");
		execFileSync(
			process.execPath,
			[join(npm, "npm-cli.js"), "install", gxItProxy],
			{
				cwd: place.file("local"),
				env: offline(place, "local"),
				stdio: "ignore",
			},
		);
		await starts(t, place, { npm, root: "local", range: GRAVITYS_RANGE });
	});

interface Start {
	/** The folder of npm's programs. */
	npm: string;
	/** The folder that stands for galaxy_root. */
	root: string;
	range: string;
}

/** Runs gravity's command line until the daemon listens; then SIGTERM to the process group ends it. */
async function starts(
	t: TestContext,
	place: Place,
	{ npm, root, range }: Start,
): Promise<void> {
	const cwd = place.file(root);
	mkdirSync(cwd, { recursive: true });
	const port = await freePort();
	const flags = `--ip 127.0.0.1 --port ${port} --sessions database/map.sqlite --verbose --proxyPathPrefix /interactivetool/ep`;
	const [out, err] = ["log", "err"].map((end) => place.file(`${root}.${end}`));
	const files = [out, err].map((path) => openSync(path ?? "", "w"));
	const began = performance.now();
	const npx = spawn(
		process.execPath,
		[
			join(npm, "npx-cli.js"),
			`@galaxyproject/gx-it-proxy@${range}`,
			...flags.split(" "),
		],
		{
			cwd,
			env: offline(place, root),
			detached: true,
			stdio: ["ignore", ...files] as const,
		},
	);
	files.forEach(closeSync);
	const ended = once(npx, "exit");
	await until("the daemon to listen", () => isListening(port), {
		soFar: () => readFileSync(err ?? "", "utf8"),
	});
	const took = performance.now() - began;
	t.diagnostic(`${root}: ${Math.round(took)} ms`);
	const load = (loadavg()[0] ?? 0) / availableParallelism();
	assert.ok(took < START_MS * Math.max(1, load), `${took} ms, load ${load}`);
	await until("its map's line", () =>
		/Watching path .*map\.sqlite/.test(readFileSync(out ?? "", "utf8")),
	);
	process.kill(-(npx.pid ?? 0), "SIGTERM");
	await ended;
	await until("its port to be free", async () => !(await isListening(port)));
	assert.equal(readFileSync(err ?? "", "utf8"), "");
}

/** Returns the folder of its programs. */
function installNpm(place: Place, version: number): string {
	const prefix = place.file("npm");
	const words = ["install", "--no-save", "--prefix", prefix, `npm@${version}`];
	download("npm", words, { env: place.environment, stdio: "ignore" });
	return join(prefix, "node_modules/npm/bin");
}

/** The environment of a service under gravity, with a HOME of its own, whose npm cache is empty. */
function offline(place: Place, root: string): Record<string, string> {
	const others = Object.entries(place.environment).filter(
		([name]) => !name.startsWith("npm_"),
	);
	return {
		...Object.fromEntries(others),
		HOME: place.file(`${root}-home`),
		PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
		npm_config_yes: "true",
		npm_config_registry: NO_REGISTRY,
	};
}

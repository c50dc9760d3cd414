import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
	cpSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import { startHttpBackend } from "../support/container.js";
import { download } from "../support/download.js";
import { freePort } from "../support/free-port.js";
import { noPostgres, startPostgres } from "../support/postgres.js";
import { startDatabaseMap } from "../support/postgres-map.js";
import { startToolMap } from "../support/tools.js";
import { type Place, placeFor, ROOT } from "./support/place.js";
import { isListening, until } from "./support/until.js";

const skip = noPostgres();
/** Made by an install or a build, which a clone does not have. */
const NOT_CLONED = /^(node_modules|dist|build.*|\.git|\.work|.*\.tgz)$/;

// As the Ansible role of Galaxy's installs it: no optional package, nothing to compile.
test("an installation without optional packages serves what its Node can read", {
	skip,
}, async (t) => {
	const place = placeFor(t, "omit-optional");
	const clone = mkdtempSync(join(tmpdir(), "galaxy-proxy-omit-optional-"));
	t.after(() => rmSync(clone, { recursive: true, force: true }));
	for (const name of readdirSync(ROOT))
		if (!NOT_CLONED.test(name))
			cpSync(join(ROOT, name), join(clone, name), {
				recursive: true,
				filter: (source) => !NOT_CLONED.test(basename(source)),
			});
	npm(place, clone, "ci", "--omit=optional");
	const server = await startPostgres(t);
	const database = startDatabaseMap(t, server.url());
	const file = await startToolMap(t);
	const container = await startHttpBackend(t, (_, response) => {
		response.end("ok");
	});
	for (const map of [database, file])
		await map.put("k1", "t1", container.host, container.port);

	const node22 = nodeOf(place, "22.13");
	for (const node of [process.execPath, node22])
		assert.equal(await answer(t, node, clone, server.url()), 200, node);
	assert.equal(await answer(t, node22, clone, file.path), 200);

	const { status, stdout } = spawnSync(
		nodeOf(place, "20"),
		[join(clone, "lib/main.js"), "--port", "0", "--sessions", file.path],
		{ encoding: "utf8", timeout: 20_000 },
	);
	assert.equal(status, 1, stdout);
	assert.match(stdout, /Node 22\.13 or later, or the package better-sqlite3/);
});

/** The status of the first answer of a daemon on this Node that has read its map. */
async function answer(
	t: TestContext,
	node: string,
	clone: string,
	sessions: string,
): Promise<number> {
	const port = await freePort();
	const flags = `--ip 127.0.0.1 --port ${port} --proxyPathPrefix /ep`.split(
		" ",
	);
	const words = [join(clone, "lib/main.js"), ...flags, "--sessions", sessions];
	const daemon = spawn(node, words, { stdio: "ignore" });
	const ended = once(daemon, "exit");
	t.after(() => daemon.kill("SIGKILL"));
	await until("the daemon to listen", () => isListening(port));
	let status = 503;
	// A busy machine reads the map for longer than a request is held.
	await until("the map to be read", async () => {
		({ status } = await fetch(`http://127.0.0.1:${port}/ep/k1/t1/`));
		return status !== 503;
	});
	daemon.kill("SIGTERM");
	await ended;
	return status;
}

/** Node's program of this version, from the npm registry. */
function nodeOf(place: Place, version: string): string {
	const folder = place.file(`node-${version}`);
	mkdirSync(folder);
	writeFileSync(join(folder, "package.json"), "{}");
	const name = `node-linux-${process.arch}`;
	npm(place, folder, "install", `${name}@${version}`);
	return join(folder, "node_modules", name, "bin/node");
}

function npm(place: Place, cwd: string, ...words: string[]): void {
	download("npm", [...words, "--no-audit", "--no-fund"], {
		cwd,
		env: place.environment,
		stdio: "ignore",
	});
}

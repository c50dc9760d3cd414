import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { type Behind, runApache, runNginx } from "./fronts.js";
import { type Place, PROXY_MAIN } from "./place.js";
import { freePort } from "./until.js";

/** What `galaxy-proxy front` prints for these words; it must be content with them. */
export function printedFront(...words: readonly string[]): string {
	const { stdout, stderr, status } = spawnSync(
		process.execPath,
		[PROXY_MAIN, "front", ...words],
		{ encoding: "utf8" },
	);
	assert.deepEqual([status, stderr], [0, ""]);
	return stdout;
}

/** The modules that the printed text names, and one that Debian switches on with its own settings. */
const APACHE_MODULES = ["alias", "headers", "reqtimeout"];
const DEBIAN_REQTIMEOUT =
	"RequestReadTimeout header=20-40,minrate=500\nRequestReadTimeout body=10,minrate=500\n";

/** A front server with the printed configuration and nothing else, on a free port; resolves with that. */
export async function startPrinted(
	kind: "nginx" | "apache",
	place: Place,
	behind: Behind,
	...words: readonly string[]
): Promise<number> {
	const text = printedFront(
		kind,
		...["--port", String(behind.proxyPort)],
		...["--galaxy", `localhost:${behind.galaxyPort}`],
		...words,
	);
	const port = await freePort();
	if (kind === "nginx") {
		const onIpv4 = text.replace("    listen [::]:80;\n", "");
		return runNginx(place, port, onPort(onIpv4, "listen 80;", port));
	}
	return runApache(place, port, {
		modules: APACHE_MODULES,
		config: DEBIAN_REQTIMEOUT + onPort(text, "<VirtualHost *:80>", port),
	});
}

/** The one line that a test must change: nobody but root may have port 80, and it may be taken. */
function onPort(text: string, line: string, port: number): string {
	assert.equal(text.split(line).length, 2);
	return text.replace(line, line.replace(/(\*:)?80/, `127.0.0.1:${port}`));
}

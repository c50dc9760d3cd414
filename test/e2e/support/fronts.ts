import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { freePort } from "../../support/free-port.js";
import type { OtherHost } from "./network.js";
import { type Place, PROXY_MAIN, SUPPORT } from "./place.js";
import { isListening } from "./until.js";

/** The ports for which the documented blocks have 8800 and 8000. */
export interface Behind {
	proxyPort: number;
	galaxyPort: number;
}

const USUAL_MODULES =
	"mpm_event authz_core proxy proxy_http proxy_wstunnel".split(" ");

/** nginx with the block of Galaxy's documentation and Galaxy's own location; resolves with its port. */
export function startNginx(place: Place, behind: Behind): Promise<number> {
	return nginx(place, behind, "galaxy-docs.nginx.conf", "/galaxy");
}

/** nginx as in docker-galaxy: Galaxy at /, and requests reach the proxy as //gie_proxy/...; resolves with its port. */
export function startDockerGalaxyNginx(
	place: Place,
	behind: Behind,
): Promise<number> {
	return nginx(place, behind, "docker-galaxy.nginx.conf", "/");
}

async function nginx(
	place: Place,
	behind: Behind,
	block: string,
	galaxy: string,
): Promise<number> {
	const port = await freePort();
	const http = `client_max_body_size 0;
server {
listen 127.0.0.1:${port};
${withPorts(block, behind)}
location ${galaxy} {
    proxy_pass http://localhost:${behind.galaxyPort};
}
}
`;
	return runNginx(place, port, http);
}

/**
 * nginx in the foreground with this text in http; resolves with the port once it listens there. name: of its folder; an
 * OtherHost: where it runs.
 */
export async function runNginx(
	place: Place,
	port: number,
	http: string,
	where: string | OtherHost = "nginx",
): Promise<number> {
	const [name, on] = typeof where === "string" ? [where] : ["nginx", where];
	const folder = place.file(name);
	mkdirSync(folder);
	const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
	writeFileSync(
		`${folder}/nginx.conf`,
		`daemon off;
pid nginx.pid;
error_log stderr info;
${isRoot() ? "user root;" : ""}
events { worker_connections 512; }
http {
access_log access.log;
${temporary.map((name) => `${name}_temp_path ${name}_temp;`).join("\n")}
${http}
}
`,
	);
	const command = [...(on?.within ?? []), ...nginxCommand(folder)];
	await place.startReady(name, command, () => isListening(port, on?.address));
	return port;
}

/** The command that runs nginx with nginx.conf of this folder; with `-t` added it only checks that. */
export function nginxCommand(folder: string): string[] {
	const config = `${folder}/nginx.conf`;
	return ["nginx", "-p", `${folder}/`, "-c", config, "-e", "stderr"];
}

/** Apache with the block of Galaxy's documentation, which has Galaxy's own lines in it; resolves with its port. */
export async function startApache(
	place: Place,
	behind: Behind,
): Promise<number> {
	const port = await freePort();
	const config = withPorts("galaxy-docs.apache.conf", behind);
	return runApache(place, port, { modules: [], config });
}

/** Apache in the foreground with this besides the usual; resolves with the port once it listens there. */
export async function runApache(
	place: Place,
	port: number,
	own: { modules: readonly string[]; config: string },
): Promise<number> {
	const folder = place.file("apache");
	mkdirSync(folder);
	const modules = [...USUAL_MODULES, ...own.modules];
	writeFileSync(
		`${folder}/apache.conf`,
		`ServerRoot "${folder}"
DefaultRuntimeDir "${folder}"
ServerName localhost
PidFile "${folder}/apache.pid"
Listen 127.0.0.1:${port}
ErrorLog /dev/stderr
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
${isRoot() ? "User www-data\nGroup www-data" : ""}
${own.config}
`,
	);
	await place.startReady("apache", apacheCommand(folder), () =>
		isListening(port),
	);
	return port;
}

/** The command that runs Apache with apache.conf of this folder; with `-t` added it only checks that. */
export function apacheCommand(folder: string): string[] {
	return ["apache2", "-f", `${folder}/apache.conf`, "-DFOREGROUND"];
}

/** The output of `galaxy-proxy front` for these words, which it must accept. */
export function printedFront(...words: readonly string[]): string {
	const { stdout, stderr, status } = spawnSync(
		process.execPath,
		[PROXY_MAIN, "front", ...words],
		{ encoding: "utf8" },
	);
	assert.deepEqual([status, stderr], [0, ""]);
	return stdout;
}

/** A documented block word for word, with the ports of this test. */
export function withPorts(block: string, behind: Behind): string {
	return readFileSync(`${SUPPORT}/${block}`, "utf8")
		.replaceAll("localhost:8800", `localhost:${behind.proxyPort}`)
		.replaceAll("localhost:8000", `localhost:${behind.galaxyPort}`);
}

function isRoot(): boolean {
	return process.getuid?.() === 0;
}

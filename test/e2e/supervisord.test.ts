import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { freePort } from "../support/free-port.js";
import { startContainer } from "./support/container.js";
import { curl } from "./support/curl.js";
import { Galaxy } from "./support/galaxy.js";
import { BASE } from "./support/jupyter.js";
import { type Place, PROXY_MAIN, placeFor, SUPPORT } from "./support/place.js";
import { newSession } from "./support/site.js";
import { isListening, until } from "./support/until.js";

const PROGRAM = "galaxy_nodejs_proxy";

test("supervisord with the documented block runs the proxy, restarts a killed one and stops it", async (t) => {
	const place = placeFor(t, "supervisord");
	const port = await freePort();
	const root = place.file("galaxy-tree");
	const config = configure(place, root, port);
	const command = ["supervisord", "--nodaemon", "-c", config];
	await place.startReady("supervisord", command, () => isListening(port));

	const key = newSession();
	const container = await startContainer(place);
	const map = `${root}/database/session_map.sqlite`;
	const galaxy = Galaxy.unmanaged(place, map, port);
	await galaxy.write({ key, host: "127.0.0.1", port: container.port });
	const works = async () => {
		await galaxy.mapIsRead();
		const url = `http://localhost:${port}${BASE}ok`;
		assert.equal((await curl(place, key, "ok", [url])).status, 200);
	};
	await works();

	const isRunning = async () => (await statusOf(place)).state === "RUNNING";
	await until("startsecs to pass", isRunning);
	const { pid } = await statusOf(place);
	process.kill(pid, "SIGKILL");
	await until("another proxy to be running", async () => {
		const now = await statusOf(place);
		return now.pid !== pid && now.pid !== 0 && (await isListening(port));
	});
	await works();

	await call(place, "supervisor.stopProcess");
	assert.equal((await statusOf(place)).state, "STOPPED");
	assert.equal(await isListening(port), false);
});

/** Makes a Galaxy tree with the proxy, and a configuration with the block of Galaxy's documentation. */
function configure(place: Place, root: string, proxyPort: number): string {
	const config = place.file("supervisord.conf");
	const proxy = join(root, "lib/galaxy/web/proxy");
	mkdirSync(proxy, { recursive: true });
	mkdirSync(join(root, "database"));
	symlinkSync(dirname(dirname(PROXY_MAIN)), join(proxy, "js"));
	const file = join(SUPPORT, "galaxy-docs.supervisord.conf");
	const block = readFileSync(file, "utf8")
		.replaceAll("GALAXY_ROOT", root)
		.replaceAll("GALAXY_USER", userInfo().username)
		.replaceAll("--port 8800", `--port ${proxyPort}`);
	writeFileSync(config, `${settings(place.folder)}\n${block}`);
	return config;
}

/** The state that supervisord gives its program, such as RUNNING, and its pid, 0 where it has none. */
async function statusOf(place: Place): Promise<{ state: string; pid: number }> {
	const info = await call(place, "supervisor.getProcessInfo");
	const field = (name: string) =>
		new RegExp(`<name>${name}</name>\\s*<value><\\w+>(\\w*)<`).exec(info)?.[1];
	return { state: field("statename") ?? "", pid: Number(field("pid")) };
}

/** supervisord's XML-RPC, which supervisorctl speaks too. */
async function call(place: Place, method: string): Promise<string> {
	const socketPath = `${place.folder}/supervisor.sock`;
	const sent = request({ socketPath, path: "/RPC2", method: "POST" });
	const value = `<param><value><string>${PROGRAM}</string></value></param>`;
	sent.end(
		`<methodCall><methodName>${method}</methodName><params>${value}</params></methodCall>`,
	);
	const [response] = (await once(sent, "response")) as [IncomingMessage];
	return text(response);
}

function settings(folder: string): string {
	return `[supervisord]
logfile = ${folder}/supervisord-own.log
pidfile = ${folder}/supervisord.pid
childlogdir = ${folder}
[unix_http_server]
file = ${folder}/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
`;
}

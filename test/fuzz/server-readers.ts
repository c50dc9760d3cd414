import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Patience } from "./patience.js";
import { RecordingContainer } from "./recording-container.js";
import type { SecondReader } from "./second-readers.js";
import { readResponse } from "./strict-response.js";

interface Server {
	readonly name: string;
	/** Its path, which need not be in PATH. */
	readonly program: string;
	readonly args: (config: string) => string[];
	readonly config: (folder: string, port: number) => string;
}

const SERVERS: readonly Server[] = [
	{
		name: "nginx",
		program: "/usr/sbin/nginx",
		args: (config) => ["-e", "stderr", "-c", config],
		config: (folder, port) => `
daemon off; worker_processes 1; pid ${folder}/pid; error_log /dev/null;
events { }
http {
  access_log off; underscores_in_headers on; ignore_invalid_headers off;
  large_client_header_buffers 4 64k; client_max_body_size 0; keepalive_requests 1000000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen unix:${folder}/socket;
    location / { proxy_pass http://127.0.0.1:${port}; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`,
	},
	{
		name: "HAProxy",
		program: "/usr/sbin/haproxy",
		args: (config) => ["-db", "-q", "-f", config],
		config: (folder, port) => `
global
  tune.bufsize 131072
  tune.http.maxhdr 256
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen fuzz
  bind unix@${folder}/socket
  server container 127.0.0.1:${port}
`,
	},
];

/** The installed ones of nginx and HAProxy, each in front of a recording container. */
export async function startServers(
	patience: Patience,
): Promise<SecondReader[]> {
	const installed = SERVERS.filter(
		({ program }) => spawnSync(program, ["-v"]).error === undefined,
	);
	return await Promise.all(installed.map((one) => start(one, patience)));
}

async function start(
	server: Server,
	patience: Patience,
): Promise<SecondReader> {
	const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-fuzz-"));
	const container = new RecordingContainer(() => {});
	await container.listen();
	const config = join(folder, "config");
	writeFileSync(config, server.config(folder, container.port));
	const child = spawn(server.program, server.args(config), {
		stdio: ["ignore", "ignore", "inherit"],
	});
	const socket = join(folder, "socket");
	await reachable(socket, child);
	let turn: Promise<unknown> = Promise.resolve();
	return {
		name: server.name,
		read: (arrivals) => {
			const requests = arrivals.map(({ request, bytes }) => ({
				isHead: request.method === "HEAD",
				bytes,
			}));
			const read = turn.then(async () => {
				await ask(socket, requests, patience);
				return container
					.takeAll()
					.arrivals.map(({ request }) => ({ ...request }));
			});
			turn = read;
			return read;
		},
		stop: () => {
			child.kill();
			container.close();
			child.once("exit", () => rmSync(folder, { recursive: true }));
		},
	};
}

async function reachable(path: string, child: ChildProcess): Promise<void> {
	while (child.exitCode === null) {
		const socket = connect(path);
		const [met] = await Promise.race([
			once(socket, "connect").then(() => [true]),
			once(socket, "error").catch(() => [false]),
		]).catch(() => [false]);
		socket.destroy();
		if (met === true) return;
		await wait(20);
	}
	throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
}

/** Sends the requests at once; done when each is answered, or the server ends the connection. */
async function ask(
	path: string,
	requests: readonly { isHead: boolean; bytes: string }[],
	patience: Patience,
): Promise<void> {
	const socket = connect(path);
	let answers = "";
	socket.setEncoding("latin1").on("data", (text: string) => {
		answers += text;
		if (areAnswered(requests, answers)) socket.destroy();
	});
	socket.on("error", () => socket.destroy());
	socket.write(requests.map(({ bytes }) => bytes).join(""), "latin1");
	const relax = patience.wait(() => socket.destroy());
	await new Promise((resolve) => socket.once("close", resolve));
	relax();
}

function areAnswered(
	requests: readonly { isHead: boolean }[],
	answers: string,
): boolean {
	let at = 0;
	for (let i = 0; i < requests.length; ) {
		const isHead = requests[i]?.isHead ?? false;
		const step = readResponse(answers, at, { isHead, minor: 1 }, false);
		if (step.kind !== "message") return step.kind === "bad";
		at = step.end;
		// A server may answer Expect: 100-continue itself.
		if (step.response.status >= 200) i++;
	}
	return true;
}

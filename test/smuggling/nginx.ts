import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Place } from "../e2e/support/place.js";
import { freePort, isListening, until } from "../e2e/support/until.js";
import { type Container, FROM_CONTAINER, type Told } from "./containers.js";

const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/** What the access log of an nginx that is a container says of one request. */
interface Logged {
	readonly status: string;
	readonly method: string;
	readonly target: string;
	readonly host: string;
	readonly body: string;
	readonly field: string;
}

/**
 * nginx as a container, once for each name. It reads bodies only for somebody behind it: each request passes on to a
 * server of its own that answers with the target.
 */
export async function startNginxContainers(
	place: Place,
	names: readonly string[],
): Promise<Container[]> {
	const behind = await freePort();
	const ports = await Promise.all(names.map(freePort));
	const servers = names.map(
		(name, index) => `
  server {
    listen 127.0.0.1:${ports[index]};
    access_log ${name}.seen seen;
    add_header ${FROM_CONTAINER.replace(":", "")} always;
    location / {
      proxy_pass http://127.0.0.1:${behind};
      client_body_in_single_buffer on;
      client_body_buffer_size 64k;
    }
  }`,
	);
	const folder = await startNginx(
		place,
		"nginx-container",
		ports,
		`
  log_format seen escape=json '{"status":"$status","method":"$request_method","target":"$request_uri","host":"$http_host","body":"$request_body","field":"$http_x_t"}';
  server { listen 127.0.0.1:${behind}; return 200 $request_uri; }${servers.join("")}`,
	);
	return names.map((name, index) => ({
		port: ports[index] ?? 0,
		take: readsOn(`${folder}/${name}.seen`),
	}));
}

/** nginx as a proxy: the session's cookie leads to a group of one container, with connections kept alive. */
export async function startNginxProxy(
	place: Place,
	sessions: ReadonlyMap<string, number>,
): Promise<number> {
	const port = await freePort();
	const entries = [...sessions].map(([key]) => `${key} ${key};`).join(" ");
	const groups = [...sessions].map(
		([key, to]) => `
  upstream ${key} { server 127.0.0.1:${to}; keepalive 8; }`,
	);
	await startNginx(
		place,
		"nginx-proxy",
		[port],
		`
  map $cookie_galaxysession $container { default ""; ${entries} }
  map $http_upgrade $gie_connection { default upgrade; "" ""; }${groups.join("")}
  server {
    listen 127.0.0.1:${port};
    access_log off;
    if ($container = "") { return 403; }
    location / {
      proxy_pass http://$container;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $gie_connection;
    }
  }`,
	);
	return port;
}

/** @returns the folder that relative paths of the configuration start from */
async function startNginx(
	place: Place,
	name: string,
	ports: readonly number[],
	http: string,
): Promise<string> {
	const folder = place.file(name);
	mkdirSync(folder);
	const user = process.getuid?.() === 0 ? "user root;" : "";
	const paths = TEMPORARY.map((each) => `${each}_temp_path ${each};`);
	writeFileSync(
		`${folder}/nginx.conf`,
		`daemon off; pid nginx.pid; error_log stderr; ${user}
events { worker_connections 512; }
http {
  ${paths.join(" ")}${http}
}
`,
	);
	const options = ["-p", `${folder}/`, "-c", `${folder}/nginx.conf`];
	place.start(name, ["nginx", ...options, "-e", "stderr"]);
	for (const port of ports)
		await until(`${name} to listen`, () => isListening(port));
	return folder;
}

/** What the log has got since it was read last. */
function readsOn(log: string): () => Told[] {
	let read = 0;
	return () => {
		const text = readFileSync(log, "latin1");
		const lines = text.slice(read).split("\n").slice(0, -1);
		read += lines.reduce((bytes, line) => bytes + line.length + 1, 0);
		return lines.map((line) => asSeen(JSON.parse(line)));
	};
}

function asSeen({ status, ...seen }: Logged): Told {
	return status === "200" ? seen : { refused: Number(status) };
}

import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { runNginx } from "../e2e/support/fronts.js";
import { type Place, ROOT } from "../e2e/support/place.js";
import { freePort } from "../support/free-port.js";
import type { Understood } from "./corpus.js";

/** A container's report: a request as it understood it, or the status with which it refused one. */
export type Report = Understood | { readonly refused: number };

/** In every refusal of a container: other refusals are the proxy's. */
export const FROM_CONTAINER = "X-Container: 1";

export interface Container {
	readonly port: number;
	/** The reports since the last call. */
	take(): Report[];
}

/** Node's own server, in this process. */
export async function startNode(place: Place): Promise<Container> {
	const reports: Report[] = [];
	const server = createServer((request, response) => {
		const body: Buffer[] = [];
		request.on("data", (part: Buffer) => body.push(part));
		request.on("end", () => {
			reports.push(understoodByNode(request, Buffer.concat(body)));
			response.end(request.url);
		});
	});
	server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
		if (!error.code?.startsWith("HPE_")) {
			socket.destroy();
			return;
		}
		reports.push({ refused: 400 });
		socket.end(
			`HTTP/1.1 400 Bad Request\r\n${FROM_CONTAINER}\r\nConnection: close\r\n\r\n`,
		);
	});
	return { port: await place.serve(server), take: () => reports.splice(0) };
}

function understoodByNode(request: IncomingMessage, body: Buffer): Understood {
	return {
		method: request.method ?? "",
		target: request.url ?? "",
		host: request.headers.host ?? "",
		body: body.toString("latin1"),
		field: String(request.headers["x-t"] ?? ""),
	};
}

/** Python's http.server, a process for each. */
export async function startPython(
	place: Place,
	name: string,
): Promise<Container> {
	const program = `${ROOT}/test/smuggling/echo.py`;
	const command = ["python3", "-u", program];
	const { stdout } = place.start(name, command, { talks: true });
	if (stdout === null) throw new Error(`${name} has no standard output`);
	const reports: Report[] = [];
	const port = await new Promise<number>((resolve) => {
		createInterface(stdout).on("line", (line) => {
			const report: Report | { port: number } = JSON.parse(line);
			if ("port" in report) resolve(report.port);
			else reports.push(report);
		});
	});
	return { port, take: () => reports.splice(0) };
}

/**
 * nginx, a server for each name. It reads bodies only to forward them: each request goes to another of its servers, which
 * answers with the target. The access log is the report.
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
    access_log ${name}.reports report;
    add_header ${FROM_CONTAINER.replace(":", "")} always;
    location / {
      proxy_pass http://127.0.0.1:${behind};
      client_body_in_single_buffer on;
      client_body_buffer_size 64k;
    }
  }`,
	);
	const http = `
  log_format report escape=json '{"status":"$status","method":"$request_method","target":"$request_uri","host":"$http_host","body":"$request_body","field":"$http_x_t"}';
  server { listen 127.0.0.1:${behind}; return 200 $request_uri; }${servers.join("")}`;
	await runNginx(place, behind, http, "nginx-containers");
	return names.map((name, index) => {
		const log = place.file(`nginx-containers/${name}.reports`);
		let read = 0;
		const take = (): Report[] => {
			const text = readFileSync(log, "latin1");
			const lines = text.slice(read).split("\n").slice(0, -1);
			read += lines.reduce((bytes, line) => bytes + line.length + 1, 0);
			return lines.map((line) => {
				const { status, ...understood } = JSON.parse(line);
				return status === "200" ? understood : { refused: Number(status) };
			});
		};
		return { port: ports[index] ?? 0, take };
	});
}

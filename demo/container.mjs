import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { close, listen } from "./listen.mjs";
import { escaped, page, sendPage } from "./page.mjs";

/**
 * A small container: a page, a file, a WebSocket that echoes. It knows nothing of Galaxy or of the proxy.
 * @param path what it serves below, with a slash at both ends: an environment is given its public path, most tools are not
 * @param texts what it is, and how the proxy found it
 */
export async function startContainer(path, texts) {
	const server = createServer((request, response) => {
		const { pathname } = new URL(request.url, "http://container");
		if (pathname === path) return showPage(request, response, texts);
		if (pathname === `${path}hello`) return sayHello(request, response);
		if (pathname === `${path}measurements.csv`) return sendFile(response);
		response.writeHead(404).end("The container has nothing here.\n");
	});
	const sockets = new WebSocketServer({ server, path: `${path}echo` });
	sockets.on("connection", (socket) => {
		socket.on("message", (data, isBinary) => {
			socket.send(data, { binary: isBinary });
		});
	});

	async function stop() {
		for (const socket of sockets.clients) socket.terminate();
		sockets.close();
		await close(server);
	}
	const host = "127.0.0.1";
	return { host, port: await listen(server, host, 0), path, stop };
}

function showPage(request, response, { what, found }) {
	const head = headAsRows(request);
	sendPage(response, page("container.html", { what, found, head }));
}

/** The request as the container received it, which shows the fields that the proxy removes and adds. */
function headAsRows(request) {
	const rows = [["request", `${request.method} ${request.url}`]];
	for (let i = 0; i < request.rawHeaders.length; i += 2) {
		rows.push([request.rawHeaders[i], request.rawHeaders[i + 1]]);
	}
	return rows
		.map(
			([name, value]) =>
				`<tr><th>${escaped(name)}</th><td>${escaped(value)}</td></tr>`,
		)
		.join("\n");
}

function sayHello(request, response) {
	const session = request.headers.cookie?.includes("galaxysession");
	response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8" });
	response.end(`Hello from the container on port ${request.socket.localPort}.
Your request came through galaxy-proxy; the session cookie ${session ? "came along" : "stayed there"}.
`);
}

/** About 2 MB, generated while it is sent. */
function sendFile(response) {
	response.writeHead(200, {
		"Content-Type": "text/csv; charset=utf-8",
		"Content-Disposition": 'attachment; filename="measurements.csv"',
	});
	const rows = Array.from(
		{ length: 100_000 },
		(_, index) => `${index},${Math.sin(index / 100).toFixed(6)},demo`,
	);
	response.end(`index,value,source\n${rows.join("\n")}\n`);
}

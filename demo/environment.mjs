import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { close, listen } from "./listen.mjs";
import { escaped, page, sendPage } from "./page.mjs";

/** As with Galaxy's plugins, the environment is given its public path, and serves that path. */
const PATH = "/gie_proxy/demo/";

/** A small environment: a page, a file, a WebSocket that echoes. It knows nothing of Galaxy or of the proxy. */
export async function startEnvironment() {
	const server = createServer((request, response) => {
		const { pathname } = new URL(request.url, "http://environment");
		if (pathname === PATH) return showPage(request, response);
		if (pathname === `${PATH}hello`) return sayHello(request, response);
		if (pathname === `${PATH}measurements.csv`) return sendFile(response);
		response.writeHead(404).end("The environment has nothing here.\n");
	});
	const sockets = new WebSocketServer({ server, path: `${PATH}echo` });
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
	return { host, port: await listen(server, host, 0), path: PATH, stop };
}

function showPage(request, response) {
	sendPage(response, page("environment.html", { head: headAsRows(request) }));
}

/** The request as the environment received it, which shows the fields that the proxy removes and adds. */
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
	response.end(`Hello from the environment on port ${request.socket.localPort}.
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

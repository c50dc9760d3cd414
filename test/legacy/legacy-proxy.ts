import { once } from "node:events";
import {
	createServer,
	type IncomingMessage,
	type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TestContext } from "node:test";
import httpProxy from "http-proxy";

type Target = { host: string; port: number };

/**
 * The rules of Galaxy's legacy proxy on the library that it used: one new connection per request, routing by the first
 * session cookie alone, CORS by reflection, `--reverseProxy` as it was meant (on current Nodes it silently does nothing).
 * A request without a mapped session hangs, as it did. Resolves with the port; closed after the test.
 */
export async function startLegacy(
	t: TestContext,
	sessions: Map<string, Target>,
): Promise<number> {
	const proxy = httpProxy.createProxyServer({ ws: true });
	const server = createServer(serve);
	const tunnels = new Set<Duplex>();
	server.on(
		"upgrade",
		(request: IncomingMessage, socket: Duplex, head: Buffer) => {
			tunnels.add(socket);
			const target = sessions.get(sessionKey(request) ?? "");
			if (!target) return socket.destroy();
			respell(request);
			proxy.ws(request, socket, head, { target }, () => socket.destroy());
		},
	);
	proxy.on("proxyRes", (answer) => {
		const { location } = answer.headers;
		if (answer.statusCode !== 302 || location === undefined) return;
		answer.headers.location = location.replace(
			"http://localhost/",
			`http://localhost:${port}/`,
		);
	});

	function serve(request: IncomingMessage, response: ServerResponse): void {
		allowOrigin(response, request.headers.origin);
		const target = sessions.get(sessionKey(request) ?? "");
		if (!target) return;
		respell(request);
		proxy.web(request, response, { target }, () => {
			response.writeHead(502);
			response.end("Proxy target missing");
		});
	}

	t.after(async () => {
		for (const tunnel of tunnels) tunnel.destroy();
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	return port;
}

function sessionKey(request: IncomingMessage): string | undefined {
	for (const pair of (request.headers.cookie ?? "").split(";")) {
		const [name = "", ...value] = pair.split("=");
		if (name.trim() === "galaxysession") return unescape(value.join("="));
	}
	return undefined;
}

/** RStudio's server did not know lower-case names, nor the charset that jQuery adds to a form. */
function respell(request: IncomingMessage): void {
	if (!request.url?.includes("rstudio")) return;
	for (const name of ["Content-Type", "Content-Length"]) {
		const value = request.headers[name.toLowerCase()];
		if (value === undefined) continue;
		delete request.headers[name.toLowerCase()];
		request.headers[name] =
			value === "application/x-www-form-urlencoded; charset=UTF-8"
				? String(value).split(";")[0]
				: value;
	}
}

/** Set when the head is written, so that it wins over what the container said. */
function allowOrigin(
	response: ServerResponse,
	origin: string | undefined,
): void {
	const { writeHead } = response;
	response.writeHead = function (
		this: ServerResponse,
		status: number,
	): ServerResponse {
		if (origin) response.setHeader("Access-Control-Allow-Origin", origin);
		response.setHeader("Access-Control-Allow-Credentials", "true");
		return writeHead.call(response, status);
	} as ServerResponse["writeHead"];
}

// node control.mjs PORT SESSIONS: http-proxy with connections kept alive, which is known to be wrong (CVE-2026-29057).
import { Agent, createServer } from "node:http";
import httpProxy from "http-proxy";

const [port, sessions] = process.argv.slice(2);
const ports = new Map(JSON.parse(sessions));
const agent = new Agent({ keepAlive: true });
const proxy = httpProxy.createProxyServer({ agent });

const server = createServer((request, response) => {
	const [, session] =
		/(?:^|; ?)galaxysession=([^;]*)/.exec(request.headers.cookie ?? "") ?? [];
	if (!ports.has(session)) {
		response.writeHead(403).end();
		return;
	}
	const target = { host: "127.0.0.1", port: ports.get(session) };
	proxy.web(request, response, { target }, () => {
		if (!response.headersSent) response.writeHead(502);
		response.end();
	});
});
server.listen(Number(port), "127.0.0.1");

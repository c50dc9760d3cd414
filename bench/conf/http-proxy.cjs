// node http-proxy.cjs PORT MAP.json: http-proxy used well: keep-alive agent, Map lookup.
const fs = require("node:fs"),
	http = require("node:http"),
	httpProxy = require("http-proxy");
const map = new Map(
	Object.entries(JSON.parse(fs.readFileSync(process.argv[3], "utf8"))),
);
const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 1024 });
const proxy = httpProxy.createProxyServer({ ws: true, agent });
const targetFor = (request) =>
	map.get(
		/(?:^|;\s*)galaxysession=([^;]*)/.exec(request.headers.cookie || "")?.[1],
	);

const server = http.createServer((request, response) => {
	const target = targetFor(request);
	if (!target) {
		response.writeHead(404);
		response.end();
		return;
	}
	response.setHeader("Access-Control-Allow-Credentials", "true");
	if (request.headers.origin)
		response.setHeader("Access-Control-Allow-Origin", request.headers.origin);
	proxy.web(request, response, { target }, () => {
		if (!response.headersSent) response.writeHead(502);
		response.end();
	});
});
server.on("upgrade", (request, socket, head) => {
	const target = targetFor(request);
	if (target)
		proxy.ws(request, socket, head, { target }, () => socket.destroy());
	else socket.destroy();
});
server.keepAliveTimeout = 600e3;
server.listen({ port: +process.argv[2], host: "127.0.0.1", backlog: 4096 });

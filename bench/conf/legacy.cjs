// node legacy.cjs PORT MAP.json: does per request what the legacy proxy did: http-proxy without an agent
// (a new upstream connection each time), a linear scan of the session map, CORS headers set in writeHead.
const fs = require("node:fs"),
	http = require("node:http"),
	httpProxy = require("http-proxy");
const sessionMap = {};
for (const [key, target] of Object.entries(
	JSON.parse(fs.readFileSync(process.argv[3], "utf8")),
))
	sessionMap[key] = { target };
const proxy = httpProxy.createProxyServer({ ws: true });

function findSession(request) {
	if (!request.headers.cookie) return null;
	for (const cookie of request.headers.cookie.split(";")) {
		const parts = cookie.split("=");
		if (parts.shift().trim() === "galaxysession")
			return unescape(parts.join("="));
	}
	return null;
}
function targetFor(request) {
	const session = findSession(request);
	for (const key in sessionMap)
		if (session === key) return sessionMap[key].target;
	return null;
}

const server = http.createServer((request, response) => {
	const target = targetFor(request),
		origin = request.headers.origin,
		writeHead = response.writeHead;
	response.writeHead = (status, headers) => {
		if (origin) response.setHeader("Access-Control-Allow-Origin", origin);
		response.setHeader("Access-Control-Allow-Credentials", "true");
		return writeHead.call(response, status, headers || {});
	};
	proxy.web(request, response, { target }, () => {
		response.writeHead(502);
		response.end("Proxy target missing");
	});
});
server.on("upgrade", (request, socket, head) => {
	proxy.ws(request, socket, head, { target: targetFor(request) }, () =>
		socket.destroy(),
	);
});
server.listen({ port: +process.argv[2], host: "127.0.0.1", backlog: 4096 });

// node reload.cjs PORT MAP.sqlite linear|map: reads the whole map at each change of the file, as Galaxy's proxy did.
// linear: searched as there, a new connection to the container for each request. map: a Map, kept-alive connections.
const { watch } = require("node:fs");
const http = require("node:http");
const { dirname } = require("node:path");
const Database = require("better-sqlite3");
const httpProxy = require("http-proxy");

const [port, path, way] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 1024 });
const proxy = httpProxy.createProxyServer(way === "map" ? { agent } : {});
let routes;

function load() {
	const database = new Database(path, { readonly: true });
	const rows = database.prepare("SELECT key, host, port FROM gxproxy2").raw();
	const entries = [];
	for (const [key, host, port] of rows.iterate())
		entries.push([key, { host, port }]);
	database.close();
	routes = way === "map" ? new Map(entries) : Object.fromEntries(entries);
}

function targetFor(request) {
	const cookie = request.headers.cookie ?? "";
	const session = /(?:^|;\s*)galaxysession=([^;]*)/.exec(cookie)?.[1];
	if (way === "map") return routes.get(session);
	for (const key in routes) if (session === key) return routes[key];
	return undefined;
}

const server = http.createServer((request, response) => {
	const target = targetFor(request);
	const refuse = (status) => response.writeHead(status).end();
	if (!target) return refuse(404);
	proxy.web(request, response, { target }, () => refuse(502));
});
load();
let waiting;
watch(dirname(path), () => {
	// SQLite touches the file several times in a commit; node-watch, which the legacy used, waits 200 ms.
	clearTimeout(waiting);
	waiting = setTimeout(load, way === "map" ? 5 : 200);
});
server.listen({ port: Number(port), host: "127.0.0.1", backlog: 4096 });

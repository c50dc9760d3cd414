import { bare, chunked, get, head, reply, type Table } from "../exchange.js";

const NGINX = ["Host: localhost:8800", "Connection: close"];

/** HTTP/1.0 clients, and what nginx and Apache make of a browser's request. */
export const frontProxies: Table = {
	"nginx, general location": head(
		"GET /galaxy/gie_proxy/jupyter/ipython/tree HTTP/1.0",
		...NGINX,
	),
	"nginx, general location, POST": `${head("POST /login HTTP/1.0", ...NGINX, "Content-Length: 3")}v=1`,
	"nginx, general location, chunked answer": {
		send: head("GET /a HTTP/1.0", ...NGINX),
		answer: bare("200 OK", "Transfer-Encoding: chunked") + chunked(["a", "b"]),
	},
	"nginx, general location, answer until close": {
		send: head("GET /a HTTP/1.0", ...NGINX),
		answer: (connection) =>
			connection.send(`${bare("200 OK")}to the end`).end(),
	},
	"nginx, general location, redirect": {
		send: head("GET /a HTTP/1.0", ...NGINX),
		answer: reply("302 Found", "", "Location: /b"),
	},
	"nginx, general location, 304": {
		send: head("GET /a HTTP/1.0", ...NGINX),
		answer: bare("304 Not Modified", 'ETag: "x"'),
	},
	"nginx, general location, HEAD": {
		send: head("HEAD /a HTTP/1.0", ...NGINX),
		answer: bare("200 OK", "Content-Length: 7"),
	},
	"nginx, general location, stopped container": head(
		"GET /a HTTP/1.0",
		...NGINX,
		"Cookie: galaxysession=down",
	),
	"nginx, kernels location, without an upgrade": get(
		"/ipython/api/kernels",
		"Host: localhost:8800",
		"Connection: upgrade",
	),
	"nginx, kernels location, raw UTF-8 from a decoded path": {
		send: get(
			"/ipython/api/kernels/\xc3\xbc",
			"Host: localhost:8800",
			"Connection: upgrade",
		),
		differs: ["raw UTF-8 passes"],
	},
	Apache: get(
		"/galaxy/gie_proxy/jupyter/ipython/tree",
		"Host: localhost:8800",
		"X-Forwarded-For: 192.0.2.7",
		"X-Forwarded-Host: galaxy.example",
		"X-Forwarded-Server: galaxy.example",
		"Connection: Keep-Alive",
	),
	"docker-galaxy's nginx": head(
		"GET //gie_proxy/jupyter/ipython/tree HTTP/1.0",
		...NGINX,
	),
	"HTTP/1.0 without Host":
		"GET /a HTTP/1.0\r\nCookie: galaxysession=abc\r\n\r\n",
	"HTTP/1.0 that keeps its connection": {
		send: head("GET /1 HTTP/1.0", "Connection: keep-alive"),
		play: async ({ client, response }) => {
			await response();
			client.send(head("GET /2 HTTP/1.0", "Connection: keep-alive"));
			await response();
		},
	},
	"a client that says close": {
		send: get("/a", "Connection: close"),
		play: async ({ client, response, note }) =>
			note([(await response()).text, await client.closed]),
	},
	"HTTP/1.0 ends after its answer": {
		send: head("GET /a HTTP/1.0"),
		play: async ({ client, response, note }) =>
			note([(await response()).text, await client.closed]),
	},
};

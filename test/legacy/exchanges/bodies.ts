import {
	chunked,
	get,
	head,
	reply,
	type Table,
	withBody,
	withChunks,
} from "../exchange.js";

const FORM = "Content-Type: application/x-www-form-urlencoded";
const JSON_TYPE = "Content-Type: application/json";

/** Methods and what clients send with them. */
export const bodies: Table = {
	GET: get("/galaxy/gie_proxy/jupyter/ipython/tree"),
	"GET with an empty body of known length": get("/empty", "Content-Length: 0"),
	"GET with a body": withBody("GET", "/search", '{"query":1}', JSON_TYPE),
	HEAD: {
		send: head("HEAD /file HTTP/1.1"),
		answer: reply("200 OK", "", "X-Size: 12").replace(
			"0\r\n\r\n",
			"12\r\n\r\n",
		),
	},
	"HEAD of a chunked resource": {
		send: head("HEAD /file HTTP/1.1"),
		answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	},
	"POST of a form": withBody("POST", "/login", "v=1&persist=0", FORM),
	"POST without a body": withBody("POST", "/api/kernels/1/interrupt", ""),
	"POST without any length": head("POST /api/kernels HTTP/1.1"),
	"POST of JSON": withBody(
		"POST",
		"/api/sessions",
		'{"kernel":{"name":"python3"}}',
		JSON_TYPE,
	),
	"POST of zero bytes to 255": withBody(
		"POST",
		"/binary",
		String.fromCharCode(...Array(256).keys()),
	),
	"POST in chunks": withChunks("POST", "/api/contents", [
		"one",
		"two",
		"three",
	]),
	"POST in no chunks": withChunks("POST", "/api/contents", []),
	"POST in many small chunks": withChunks(
		"POST",
		"/api/contents",
		Array(500).fill("x"),
	),
	"POST in chunks with trailers": {
		send:
			head("POST /api/contents HTTP/1.1", "Transfer-Encoding: chunked") +
			chunked(["body"], "X-Checksum: c0ffee"),
		differs: ["trailers pass"],
	},
	"POST with a multipart body": withBody(
		"POST",
		"/upload",
		'--x\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\ndata\r\n--x--\r\n',
		"Content-Type: multipart/form-data; boundary=x",
	),
	PUT: {
		send: withBody("PUT", "/api/contents/a.ipynb", "{}", JSON_TYPE),
		answer: reply("201 Created", "{}", "Location: /api/contents/a.ipynb"),
	},
	PATCH: withBody(
		"PATCH",
		"/api/contents/a.ipynb",
		'{"path":"b.ipynb"}',
		JSON_TYPE,
	),
	DELETE: {
		send: head("DELETE /api/kernels/1 HTTP/1.1"),
		answer: "HTTP/1.1 204 No Content\r\n\r\n",
	},
	"DELETE with a body": withBody(
		"DELETE",
		"/api/contents",
		'{"all":true}',
		JSON_TYPE,
	),
	OPTIONS: {
		send: head("OPTIONS /api HTTP/1.1"),
		answer: "HTTP/1.1 204 No Content\r\nAllow: GET, PUT\r\n\r\n",
	},
	PROPFIND: withBody(
		"PROPFIND",
		"/dav/",
		"<propfind/>",
		"Depth: 1",
		"Content-Type: text/xml",
	),
	REPORT: withBody("REPORT", "/dav/", "<report/>"),
	"POST that waits for 100 Continue": {
		send: head(
			"POST /upload HTTP/1.1",
			"Expect: 100-continue",
			"Content-Length: 4",
		),
		answer: reply("200 OK", "taken"),
		play: async ({ client, response }) => {
			await response();
			client.send("body");
			await response();
		},
	},
	"upload of 6 MB": {
		send: withBody("POST", "/upload", pattern(6_000_000)),
		answer: reply("200 OK", "stored"),
	},
	"upload of 3 MB in chunks": withChunks(
		"PUT",
		"/upload",
		Array(100).fill(pattern(30_000)),
	),
	"three requests on one connection, each after the answer to the last": {
		send: get("/1"),
		answer: reply("200 OK", "one of three", "Connection: keep-alive"),
		play: async ({ client, response }) => {
			await response();
			client.send(get("/2"));
			await response();
			client.send(withBody("POST", "/3", "last"));
			await response();
		},
	},
};

/** Bytes that repeat late, so that a lost or doubled piece shows. */
function pattern(length: number): string {
	return Array.from({ length: Math.ceil(length / 8) }, (_, index) =>
		index.toString(16).padStart(8, "0"),
	)
		.join("")
		.slice(0, length);
}

import { gzipSync } from "node:zlib";
import type { DifferenceName } from "../differences-named.js";
import { bare, get, reply, type Table, withBody } from "../exchange.js";

const zipped = gzipSync("compressed ".repeat(100)).toString("latin1");

const LOCAL = "localhost in a Location becomes a path";

/** Redirects, caching, ranges, streams: what pages and scripts do. */
export const browsers: Table = {
	...redirect("302 Found", "/galaxy/gie_proxy/jupyter/ipython/tree"),
	...redirect("301 Moved Permanently", "tree?x=1"),
	...redirect("303 See Other", "http://galaxy.example:8800/a"),
	...redirect("307 Temporary Redirect", "https://elsewhere.example/a?b=c"),
	...redirect("308 Permanent Redirect", "//elsewhere.example/a"),
	...redirect("302 Found", "http://localhost:8787/a"),
	...redirect("302 Found", "http://localhost.example/a"),
	...redirect("302 Found", "http://localhost/rstudio/auth-sign-in?x=1", LOCAL),
	...redirect("301 Moved Permanently", "http://localhost/rstudio/", LOCAL),
	...redirect("307 Temporary Redirect", "http://localhost/rstudio/", LOCAL),
	"Location of a created file stays": {
		send: withBody("POST", "/api/contents", "{}"),
		answer: reply("201 Created", "", "Location: http://localhost/a"),
	},
	"part of a file": {
		send: get("/file", "Range: bytes=0-3"),
		answer: reply(
			"206 Partial Content",
			"0123",
			"Content-Range: bytes 0-3/10",
			"Accept-Ranges: bytes",
		),
	},
	"several parts of a file": {
		send: get("/file", "Range: bytes=0-0,-1"),
		answer: reply(
			"206 Partial Content",
			"--b\r\n\r\n0\r\n--b--\r\n",
			"Content-Type: multipart/byteranges; boundary=b",
		),
	},
	"a part that is not there": {
		send: get("/file", "Range: bytes=99-"),
		answer: reply("416 Range Not Satisfiable", "", "Content-Range: bytes */10"),
	},
	"If-Range": {
		send: get("/file", "Range: bytes=4-", 'If-Range: "a"'),
		answer: reply("200 OK", "changed", 'ETag: "b"'),
	},
	"If-Modified-Since": {
		send: get("/file", "If-Modified-Since: Tue, 15 Nov 1994 08:12:31 GMT"),
		answer: bare(
			"304 Not Modified",
			"Last-Modified: Tue, 15 Nov 1994 08:12:31 GMT",
		),
	},
	"If-Match": {
		send: withBody("PUT", "/file", "new", 'If-Match: "a"'),
		answer: reply("412 Precondition Failed", "changed meanwhile"),
	},
	"a gzip body": {
		send: get("/app.js", "Accept-Encoding: gzip"),
		answer: reply(
			"200 OK",
			zipped,
			"Content-Encoding: gzip",
			"Vary: Accept-Encoding",
		),
	},
	"a gzip body in an upload": withBody(
		"POST",
		"/x",
		zipped,
		"Content-Encoding: gzip",
	),
	"a brotli body until the end of the connection": {
		send: get("/app.js"),
		answer: (connection) =>
			connection
				.send(`${bare("200 OK", "Content-Encoding: br")}\x0b\x02\x80`)
				.end(),
	},
	"server-sent events, each when it is sent": {
		send: get("/events", "Accept: text/event-stream"),
		answer: async (connection) => {
			connection.send(
				bare(
					"200 OK",
					"Content-Type: text/event-stream",
					"Cache-Control: no-cache",
					"Transfer-Encoding: chunked",
				),
			);
			connection.send("9\r\ndata: 1\n\n\r\n");
		},
		play: async ({ client, note }) =>
			note((await client.until("data: 1\n\n")).includes("text/event-stream")),
	},
	"a long poll until the end of the connection, each piece when it is sent": {
		send: withBody("POST", "/events/get_events", "[]"),
		answer: (connection) =>
			connection.send(`${bare("200 OK", "Content-Type: application/json")}[1,`),
		play: async ({ client, note }) =>
			note((await client.until("[1,")).startsWith("HTTP/1.1 200 OK")),
	},
};

function redirect(
	status: string,
	location: string,
	...differs: DifferenceName[]
): Table {
	return {
		[`${status} to ${location}`]: {
			send: get("/old"),
			answer: reply(status, "", `Location: ${location}`),
			differs,
		},
	};
}

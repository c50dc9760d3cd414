import assert from "node:assert/strict";
import { test } from "node:test";
import { upgrade } from "../../support/client.js";
import { startRawChain } from "../../support/proxy.js";
import { CHUNKED, CLOSE, cuts, OK, passes, refuses } from "./answer-bytes.js";

// CGI programs end their lines by LF, and small servers pass them on: nodejs/node#43798, lighttpd/lighttpd1.4#29.
passes({
	"a head of LF alone, ended by the close (busybox httpd)": {
		sent: "HTTP/1.1 200 OK\nContent-Type: text/plain\n\nhello\n",
		received: `${OK}Content-Type: text/plain\r\n${CHUNKED}${CLOSE}6\r\nhello\n\r\n0\r\n\r\n`,
	},
	"a CRLF status line before a CGI program's LF lines (http.server --cgi)": {
		sent: "HTTP/1.0 200 Script output follows\r\nServer: x\r\nContent-Type: text/plain\n\nhello",
		received: `HTTP/1.1 200 Script output follows\r\nServer: x\r\nContent-Type: text/plain\r\n${CHUNKED}${CLOSE}5\r\nhello\r\n0\r\n\r\n`,
	},
	"CRLF lines, an LF as the empty one, and CRLF CRLF in the body": {
		sent: "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\nab\r\n\r\ncd",
		received: `${OK}Content-Length: 8\r\n${CLOSE}ab\r\n\r\ncd`,
	},
	"LF lines, a CRLF as the empty one": {
		sent: "HTTP/1.1 200 OK\nContent-Length: 2\n\r\nok",
		received: `${OK}Content-Length: 2\r\n${CLOSE}ok`,
	},
	"LF LF, and CRLF right behind it": {
		sent: "HTTP/1.1 200 OK\nContent-Length: 4\n\n\r\nok",
		received: `${OK}Content-Length: 4\r\n${CLOSE}\r\nok`,
	},
	"interim answers of LF lines": {
		sent: "HTTP/1.1 103 Early Hints\nLink: </a.css>\n\nHTTP/1.1 200 OK\nContent-Length: 2\n\nok",
		received: `HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${OK}Content-Length: 2\r\n${CLOSE}ok`,
	},
	"LF between chunks and in trailers": {
		sent: "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n2\r\n\n\n\n0\nX-Sum: 1\nX-B: 2\n\n",
		received: `${OK}${CHUNKED}${CLOSE}5\r\nhello\r\n2\r\n\n\n\r\n0\r\nX-Sum: 1\r\nX-B: 2\r\n\r\n`,
	},
	"one LF among clean chunks, extensions as sent": {
		sent: `${OK}${CHUNKED}\r\n2;a=b\r\nhe\r\n3\r\nllo\n1\r\n!\r\n0\r\n\r\n`,
		received: `${OK}${CHUNKED}${CLOSE}2;a=b\r\nhe\r\n3\r\nllo\r\n1\r\n!\r\n0\r\n\r\n`,
	},
});

refuses([
	"HTTP/1.1 200 OK\r\r\nContent-Length: 0\r\n\r\n",
	"HTTP/1.1 200 OK\nX: a\rY: b\n\n",
	"HTTP/1.1 200 OK\nX: a\r\r\n\n",
	"HTTP/1.1 200 OK\r\nX: a\r\n\r\r\n",
	"HTTP/1.1 200\rOK\n\n",
]);

cuts([
	"1\rx\r\n0\r\n\r\n",
	"1\r\nx\r\r\n0\r\n\r\n",
	"1\r\r\nx\r\n0\r\n\r\n",
	"1\nx\n\n0\n\n",
	"0\r\nX: a\rY: b\r\n\r\n",
	"0\r\nX: a\n\r\r\n",
]);

test("a WebSocket's bytes begin behind a 101 of LF lines", async (t) => {
	const { client } = await startRawChain(t, async (connection) => {
		await connection.request();
		connection.send(
			"HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\n\n\r\nframe",
		);
	});
	const { status } = await client.send(upgrade()).response();
	assert.equal(status, 101);
	await client.until("\n\r\nframe");
	assert.ok(client.received.endsWith("\r\n\r\n\n\r\nframe"));
});

import { test } from "node:test";
import { anonymous, head, request } from "../support/client.js";
import { STOPPED } from "../support/container.js";
import { startProxy } from "../support/proxy.js";
import { answerTo } from "./own-answer.js";

const LONG = "a".repeat(16 * 1024);

const REFUSED: [name: string, status: number, text: RegExp, bytes: string][] = [
	["no request line", 400, /^The request is malformed/, "\0"],
	["OPTIONS *", 400, /malformed/, request("OPTIONS *")],
	[
		"a bad chunk size",
		400,
		/malformed/,
		`${request("POST /", "Transfer-Encoding: chunked")}x\r\n`,
	],
	[
		"CONNECT",
		405,
		/^CONNECT and TRACE/,
		head("CONNECT a:80 HTTP/1.1", "Host: a:80"),
	],
	["TRACE", 405, /^CONNECT and TRACE/, request("TRACE /")],
	["a long line", 414, /longer than 16 KiB/, `GET /${LONG}`],
	[
		"a large head",
		431,
		/larger than 64 KiB/,
		request("GET /", ...Array(5).fill(`A: ${LONG}`)),
	],
	[
		"many lines",
		431,
		/more than 200 lines/,
		request("GET /", ...Array(201).fill("A: b")),
	],
	[
		"an unknown coding",
		501,
		/chunked/,
		request("POST /", "Transfer-Encoding: gzip"),
	],
	["HTTP/2", 505, /HTTP\/1.1/, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
];

for (const [name, status, text, bytes] of REFUSED)
	test(`${status} and close for ${name}`, async (t) => {
		const proxy = await startProxy(t, { abc: STOPPED });
		await answerTo(t, proxy.port, bytes, { status, text, closes: true });
	});

test("a malformed head is refused before session and path are checked", async (t) => {
	const proxy = await startProxy(t, {}, { proxyPrefix: "/prefix" });
	const text = anonymous("GET /outside", "Content-Length: x");
	await answerTo(t, proxy.port, text, {
		status: 400,
		text: /malformed/,
		closes: true,
	});
});

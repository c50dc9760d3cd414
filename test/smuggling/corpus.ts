import { head } from "../support/client.js";

/** One request as a server understood it, as far as it is compared. */
export interface Understood {
	readonly method: string;
	readonly target: string;
	readonly host: string;
	/** latin1 */
	readonly body: string;
	/** The value of X-T, empty without one. */
	readonly field: string;
}

export interface Case {
	readonly group: string;
	readonly name: string;
	/** latin1; KEY is replaced by the session. */
	readonly bytes: string;
	/** The meaning of the bytes, null where RFC 9112 leaves it open. */
	readonly means: readonly Understood[] | null;
}

type Row = readonly [
	name: string,
	bytes: string,
	means?: readonly Partial<Understood>[],
];

const COOKIE = "Cookie: galaxysession=KEY";
const HOST = "Host: own.example";
/** It has no session: only a server that ends the previous message elsewhere reads it as a request. */
const SMUGGLED = head("GET /smuggled HTTP/1.1", "Host: x");
const CHUNKED = "Transfer-Encoding: chunked";
const LENGTH = `Content-Length: ${SMUGGLED.length}`;
const LAST = "0\r\n\r\n";
const CHUNK = `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n`;

const get = (...lines: string[]): string => first("GET /a HTTP/1.1", ...lines);
const post = (...lines: string[]): string =>
	first("POST /a HTTP/1.1", ...lines);
const first = (line: string, ...lines: string[]): string =>
	head(line, HOST, COOKIE, ...lines);

/** The request that a row means by default. */
const ASKED: Understood = {
	method: "GET",
	target: "/a",
	host: "own.example",
	body: "",
	field: "",
};
const PLAIN = [{}];
const HIDES = [{ method: "POST", body: SMUGGLED }];
const HELLO = [{ method: "POST", body: "hello" }];

const coding = (value: string): Row => [
	JSON.stringify(value),
	post(`Transfer-Encoding:${value}`, LENGTH) + LAST + SMUGGLED,
];
const codingAlone = (value: string): Row => [
	`${JSON.stringify(value)} alone`,
	post(`Transfer-Encoding:${value}`) + CHUNK + LAST,
];
const length = (value: string): Row => [
	JSON.stringify(value),
	`${post(`Content-Length:${value}`)}hello${SMUGGLED}`,
];
const chunks = (text: string, means?: Row[2]): Row => {
	const row = [JSON.stringify(text), post(CHUNKED) + text + SMUGGLED] as const;
	return means === undefined ? row : [...row, means];
};
const field = (line: string): Row => [
	JSON.stringify(line),
	get(line, "X-T: 1"),
];
const target = (text: string, means?: string): Row => {
	const row = [JSON.stringify(text), first(`GET ${text} HTTP/1.1`)] as const;
	return means === undefined ? row : [...row, [{ target: means }]];
};

// biome-ignore format: a table, a line a request
const ROWS: Record<string, readonly Row[]> = {
	"plain requests": [
		["GET", get("X-T: a b"), [{ field: "a b" }]], ["POST", post(LENGTH) + SMUGGLED, HIDES], ["chunked", post(CHUNKED) + CHUNK + LAST, HIDES],
		["two, one after the other", post(LENGTH) + SMUGGLED + get(), [...HIDES, {}]], ["HTTP/1.0", first("GET /a HTTP/1.0"), PLAIN], ["bytes over 127 in a value", get("X-T: caf\xe9"), [{ field: "caf\xe9" }]],
	],
	"CL.TE and TE.CL": [
		["length, then chunked", post("Content-Length: 5", CHUNKED) + LAST + SMUGGLED], ["chunked, then length", post(CHUNKED, "Content-Length: 4") + CHUNK + LAST], ["length over all", post(`Content-Length: ${5 + SMUGGLED.length}`, CHUNKED) + LAST + SMUGGLED],
		["length 0", post("Content-Length: 0", CHUNKED) + CHUNK + LAST], ["GET", get("Content-Length: 5", CHUNKED) + LAST + SMUGGLED], ["HTTP/1.0", first("POST /a HTTP/1.0", CHUNKED) + CHUNK + LAST],
	],
	"TE.TE with a length": [" xchunked", " gzip, chunked", " chunked, identity", " identity", "", ' "chunked"', " chunked;q=1", "\x0bchunked", " chunked\x0b", " chun ked", "\r\n chunked"].map(coding),
	"TE.TE alone": [" xchunked", " gzip, chunked", " chunked, chunked", " ,chunked", "\x0cchunked", " chunked\xa0", "\r\n chunked"].map(codingAlone),
	"TE twice, odd names of TE": [
		["chunked and identity", post(CHUNKED, "Transfer-Encoding: identity") + LAST + SMUGGLED], ["x and chunked", post("Transfer-Encoding: x", CHUNKED) + LAST + SMUGGLED],
		["a space before the colon", post("Transfer-Encoding : chunked", LENGTH) + SMUGGLED], ["behind a bare LF", post(`X-T: a\n${CHUNKED}`, LENGTH) + SMUGGLED], ["behind a bare CR", post(`X-T: a\r${CHUNKED}`, LENGTH) + SMUGGLED], ["underscore", post("Transfer_Encoding: chunked", LENGTH) + SMUGGLED, HIDES], ["named by Connection", post(CHUNKED, "Connection: Transfer-Encoding") + CHUNK + LAST, HIDES],
	],
	"CL twice, lists, forms": [
		["0 and more", post("Content-Length: 0", LENGTH) + SMUGGLED], ["twice the same", post(LENGTH, LENGTH) + SMUGGLED], ["a list", post(`Content-Length: 0, ${SMUGGLED.length}`) + SMUGGLED], ["a list of one value", post(`Content-Length: ${SMUGGLED.length}, ${SMUGGLED.length}`) + SMUGGLED],
		...[" +5", " -5", " 0x5", " 5.0", "", " 1_0", " 5a", ' "5"', " 5\x0b", " 18446744073709551621", ` ${"9".repeat(40)}`].map(length), ["a space before the colon", post(`Content-Length : ${SMUGGLED.length}`) + SMUGGLED], ["leading zeros", `${post("Content-Length: 005")}hello`, HELLO],
	],
	"CL.0: bodies of GET, DELETE, OPTIONS": [
		...["GET", "DELETE", "OPTIONS"].map((method): Row => [`${method} with a length`, first(`${method} /a HTTP/1.1`, LENGTH) + SMUGGLED, [{ method, body: SMUGGLED }]]),
		...["GET", "DELETE", "OPTIONS"].map((method): Row => [`${method} chunked`, first(`${method} /a HTTP/1.1`, CHUNKED) + CHUNK + LAST, [{ method, body: SMUGGLED }]]), ["named by Connection", post(LENGTH, "Connection: Content-Length") + SMUGGLED, HIDES],
	],
	"chunk sizes and ends": [
		...["0x5\r\nhello\r\n", "+5\r\nhello\r\n", "-5\r\nhello\r\n", "5 \r\nhello\r\n", " 5\r\nhello\r\n", "10000000000000005\r\nhello\r\n", "5g\r\nhello\r\n", "\r\nhello\r\n", "5\nhello\r\n", "5\r\nhello\n", "5\r\nhelloXX", "5\r\nhelloworld\r\n"].map((text) => chunks(text + LAST)),
		chunks("5\r\nhello\r\n0\n\n"), chunks("5\r\nhello\r\n0\r\nX\r\n\r\n"), chunks("0005\r\nhello\r\n00\r\n\r\n", HELLO),
	],
	"chunk extensions": [
		chunks(`5;a=b\r\nhello\r\n${LAST}`, HELLO), chunks(`5;a="b;c"\r\nhello\r\n${LAST}`, HELLO), chunks(`5;a\nhello\r\n${LAST}`), chunks(`5;a\rb\r\nhello\r\n${LAST}`), chunks(`5;a="\r\nhello\r\n${LAST}`), chunks(`5;a=\0\r\nhello\r\n${LAST}`),
		["a size behind a bare LF", `${post(CHUNKED)}2;\nxx\r\n${SMUGGLED.length.toString(16)}\r\n${LAST}${SMUGGLED}${LAST}`],
	],
	trailers: [
		chunks("5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", HELLO), chunks(`5\r\nhello\r\n0\r\n${LENGTH}\r\n\r\n`, HELLO), chunks("5\r\nhello\r\n0\r\nHost: evil\r\n\r\n", HELLO), chunks("5\r\nhello\r\n0\r\nX-T: evil\r\n\r\n", HELLO), chunks("5\r\nhello\r\n0\r\nX: a\nX-T: b\r\n\r\n"), chunks("5\r\nhello\r\n0\r\nX\r\n\r\n"), chunks("5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n"),
	],
	"field lines": [
		...["X : a", "X: a\r\n b", "X: a\nY: b", "X: a\rY: b", "X: a\0b", "X: a\x7f", "X Y: a", "X\xe9: a", "X(Y): a", ": a", "X"].map(field), ["bare LF everywhere", get("X-T: 1").replaceAll("\r", "")], ["a folded first line", head("GET /a HTTP/1.1", " X-T: 1", HOST, COOKIE)],
	],
	Host: [
		["none", head("GET /a HTTP/1.1", COOKIE)], ["two", get("Host: evil")], ["two that agree", get(HOST)], ["a list", get().replace(HOST, "Host: own.example, evil")], ["a user", get().replace(HOST, "Host: x@evil")], ["a path", get().replace(HOST, "Host: own.example/b")], ["a space", get().replace(HOST, "Host: own.example b")], ["folded", head("GET /a HTTP/1.1", HOST, " .evil", COOKIE)],
		["absolute form", first("GET http://evil/a HTTP/1.1"), [{ host: "evil" }]], ["absolute form with a user", first("GET http://x@evil/a HTTP/1.1")], ["absolute form without Host", head("GET http://evil/a HTTP/1.1", COOKIE)],
	],
	targets: [
		target("/a/../b", "/a/../b"), target("/a%2fb%00", "/a%2fb%00"), target("/a|{b}[c]", "/a|{b}[c]"), target("/%zz", "/%zz"), target("//a//b", "//a//b"), target("/a?b=//c", "/a?b=//c"), target("/caf\xc3\xa9", "/caf\xc3\xa9"), target("/a b"), target("/a#b"), target("/a\0"), target("*"), target("a"), target("/a\x01"),
	],
	"request line": [
		["HTTP/0.9", "GET /a\r\n\r\n"], ["HTTP/2.0", get().replace("1.1", "2.0")], ["HTTP/1.2", get().replace("1.1", "1.2")], ["HTTP/1.10", get().replace("1.1", "1.10")], ["http/1.1", get().replace("HTTP", "http")], ["the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], ["two spaces", get().replace("GET ", "GET  ")], ["tabs", get().replace("GET /a ", "GET\t/a\t")], ["a space behind", get().replace("1.1", "1.1 ")], ["CRLF before", `\r\n${get()}`, PLAIN], ["a space before", ` ${get()}`], ["G@T", get().replace("GET", "G@T")],
	],
	"upgrades that nobody agreed to": [
		["websocket", get("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 777") + SMUGGLED, PLAIN], ["h2c", get("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk") + SMUGGLED, PLAIN], ["websocket with a body", get("Connection: Upgrade", "Upgrade: websocket", LENGTH) + SMUGGLED, [{ body: SMUGGLED }]],
		["h2c and websocket", get("Connection: Upgrade", "Upgrade: h2c, websocket", "Sec-WebSocket-Version: 777") + SMUGGLED, PLAIN], ["websocket in HTTP/1.0", first("GET /a HTTP/1.0", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: eA==", "Sec-WebSocket-Version: 777") + SMUGGLED, PLAIN],
	],
};

export const CORPUS: readonly Case[] = Object.entries(ROWS).flatMap(
	([group, rows]) =>
		rows.map(([name, bytes, means]) => ({
			group,
			name,
			bytes,
			means: means?.map((each) => ({ ...ASKED, ...each })) ?? null,
		})),
);

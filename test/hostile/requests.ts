import { randomBytes } from "node:crypto";
import {
	REQUEST_FIELD_LINES,
	REQUEST_HEAD_BYTES,
	REQUEST_LINE_BYTES,
} from "../../src/http1/request-head.js";
import { DISCARDED_BYTES, SESSION_KEY_BYTES } from "../../src/limits.js";
import { anonymous, UPGRADE } from "../support/client.js";
import { type Kind, SERVED, senders } from "./kind.js";
import type { Peer } from "./peer.js";

const LIVES = "403, then 200";
const CHUNKED = "Transfer-Encoding: chunked";

/** Clients without a known session. */
const STRANGERS = [
	...senders([LIVES, "403 PR"], {
		"no cookie": anonymous("GET /x"),
		"unknown cookie": cookie("nobody"),
		"empty cookie": cookie(""),
		"cookie null": cookie("null"),
		"cookie __proto__": cookie("__proto__"),
		"cookie with half an escape": cookie("%E0%A4%A"),
		"session key over 1 kB": cookie("k".repeat(SESSION_KEY_BYTES + 1)),
		"no cookie, with a body": `${anonymous("POST /x", "Content-Length: 9")}GET / HTT`,
	}),
	...senders(["403", "403 PR"], {
		"upgrade without cookie": anonymous("GET /ws", ...UPGRADE),
		"upgrade with unknown cookie": cookie("nobody", ...UPGRADE),
		"more body than is discarded": anonymous(
			"POST /x",
			`Content-Length: ${DISCARDED_BYTES + 1}`,
		),
	}),
];

/** Odd but clear requests, which are served. */
const ODD = [
	...senders([SERVED, "200 --"], {
		"Trailer field on a GET": asking("Trailer: x"),
		"field named __proto__": asking("__proto__: x"),
		"Expect of another kind": asking("Expect: the-unexpected"),
	}),
	...senders(["200", "200 --"], {
		"upgrade to h2c": asking("Connection: Upgrade", "Upgrade: h2c"),
	}),
];

/** Requests that no strict reader accepts. */
const MALFORMED = [
	...senders(["400", "400 PR"], {
		"TLS on the plain port": () => CLIENT_HELLO,
		"random bytes": () => randomBytes(512),
		"HTTP/0.9": "GET /\r\n",
		"no Host": "GET / HTTP/1.1\r\n\r\n",
		"bare line feeds": "GET / HTTP/1.1\nHost: a\n\n",
		"NUL in a field": asking("X: a\0b"),
		"length and coding": asking("Content-Length: 3", CHUNKED),
		"two lengths": asking("Content-Length: 3", "Content-Length: 3"),
		"chunk size that is not a number": chunked("g\r\n"),
		"chunk size too large": chunked("fffffffffffffffff\r\n"),
		"chunk longer than its size": chunked("1\r\nabc"),
		"malformed trailer": chunked("0\r\nno colon\r\n\r\n"),
	}),
	...senders(["405", "405 PR"], { CONNECT: anonymous("CONNECT /") }),
	...senders(["501", "501 PR"], {
		"unknown transfer coding": asking("Transfer-Encoding: gzip"),
	}),
	...senders(["505", "505 PR"], {
		"HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"HTTP/3": "GET / HTTP/3.0\r\n\r\n",
	}),
];

/** Requests over a limit. */
const TOO_LARGE = [
	...senders(["414", "414 PR"], {
		"long first line": `GET /${"a".repeat(REQUEST_LINE_BYTES)}`,
	}),
	...senders(["431", "431 PR"], {
		"many fields": asking(
			...Array<string>(REQUEST_FIELD_LINES + 1).fill("A: b"),
		),
		"one large field": asking(`A: ${"b".repeat(REQUEST_HEAD_BYTES)}`),
		"endless head": `GET / HTTP/1.1\r\n${"A: b\r\n".repeat(50_000)}`,
	}),
];

export const REQUESTS: Kind[] = [
	...[...STRANGERS, ...ODD, ...MALFORMED, ...TOO_LARGE],
];

function cookie(value: string, ...lines: string[]): string {
	return anonymous("GET /x", `Cookie: galaxysession=${value}`, ...lines);
}

function asking(...lines: string[]): (peer: Peer) => string {
	return (peer) => peer.ask("GET /odd", ...lines);
}

function chunked(body: string): (peer: Peer) => string {
	return (peer) => peer.ask("POST /swallow", CHUNKED) + body;
}

/** A TLS 1.2 record with the beginning of a ClientHello (RFC 5246 7.4.1.2). */
const CLIENT_HELLO = Buffer.concat([
	Buffer.from("16030100c8010000c40303", "hex"),
	Buffer.alloc(190, 7),
]);

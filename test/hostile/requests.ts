import { randomBytes } from "node:crypto";
import {
	REQUEST_FIELD_LINES,
	REQUEST_HEAD_BYTES,
	REQUEST_LINE_BYTES,
} from "../../src/http1/request-head.js";
import { DISCARDED_BYTES, SESSION_KEY_BYTES } from "../../src/limits.js";
import { anonymous, UPGRADE } from "../support/request-text.js";
import { type Kind, sends } from "./kind.js";
import type { Peer } from "./peer.js";

const LIVES = "403, then 200";
const GOOD = "200, then 200";

/** Clients that nobody knows. */
const STRANGERS: Kind[] = [
	sends("no cookie", anonymous("GET /x"), LIVES, "403 PR"),
	sends("unknown cookie", cookie("nobody"), LIVES, "403 PR"),
	sends("empty cookie", cookie(""), LIVES, "403 PR"),
	sends("cookie null", cookie("null"), LIVES, "403 PR"),
	sends("cookie __proto__", cookie("__proto__"), LIVES, "403 PR"),
	sends("cookie with half an escape", cookie("%E0%A4%A"), LIVES, "403 PR"),
	sends(
		"session key over 1 kB",
		cookie("k".repeat(SESSION_KEY_BYTES + 1)),
		LIVES,
		"403 PR",
	),
	sends(
		"no cookie, with a body",
		`${anonymous("POST /x", "Content-Length: 9")}GET / HTT`,
		LIVES,
		"403 PR",
	),
	sends(
		"upgrade without cookie",
		anonymous("GET /ws", ...UPGRADE),
		"403",
		"403 PR",
	),
	sends(
		"upgrade with unknown cookie",
		anonymous("GET /ws", "Cookie: galaxysession=nobody", ...UPGRADE),
		"403",
		"403 PR",
	),
];

/** Requests that are odd but clear: they are served. */
const ODD: Kind[] = [
	sends("Trailer field on a GET", asking("Trailer: x"), GOOD, "200 --"),
	sends(
		"upgrade to h2c",
		asking("Connection: Upgrade", "Upgrade: h2c"),
		"200",
		"200 --",
	),
	sends("field named __proto__", asking("__proto__: x"), GOOD, "200 --"),
	sends(
		"Expect of another kind",
		asking("Expect: the-unexpected"),
		GOOD,
		"200 --",
	),
];

/** What no strict reader takes. */
const MALFORMED: Kind[] = [
	sends("TLS on the plain port", () => CLIENT_HELLO, "400", "400 PR"),
	sends("random bytes", () => randomBytes(512), "400", "400 PR"),
	sends("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505", "505 PR"),
	sends("HTTP/0.9", "GET /\r\n", "400", "400 PR"),
	sends("no Host", "GET / HTTP/1.1\r\n\r\n", "400", "400 PR"),
	sends("bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", "400", "400 PR"),
	sends("NUL in a field", asking("X: a\0b"), "400", "400 PR"),
	sends("CONNECT", anonymous("CONNECT /"), "405", "405 PR"),
	sends("HTTP/3", "GET / HTTP/3.0\r\n\r\n", "505", "505 PR"),
	sends(
		"unknown transfer coding",
		asking("Transfer-Encoding: gzip"),
		"501",
		"501 PR",
	),
	sends(
		"length and coding",
		asking("Content-Length: 3", "Transfer-Encoding: chunked"),
		"400",
		"400 PR",
	),
	sends(
		"two lengths",
		asking("Content-Length: 3", "Content-Length: 3"),
		"400",
		"400 PR",
	),
	chunked("chunk size that is no number", "g\r\n"),
	chunked("chunk size too large", "fffffffffffffffff\r\n"),
	chunked("chunk longer than its size", "1\r\nabc"),
	chunked("trailer that is none", "0\r\nno colon\r\n\r\n"),
];

/** More than fits. */
const BOMBS: Kind[] = [
	sends(
		"long first line",
		`GET /${"a".repeat(REQUEST_LINE_BYTES)}`,
		"414",
		"414 PR",
	),
	sends(
		"many fields",
		asking(...Array<string>(REQUEST_FIELD_LINES + 1).fill("A: b")),
		"431",
		"431 PR",
	),
	sends(
		"one large field",
		asking(`A: ${"b".repeat(REQUEST_HEAD_BYTES)}`),
		"431",
		"431 PR",
	),
	sends(
		"endless head",
		`GET / HTTP/1.1\r\n${"A: b\r\n".repeat(50_000)}`,
		"431",
		"431 PR",
	),
	sends(
		"more body than is thrown away",
		anonymous("POST /x", `Content-Length: ${DISCARDED_BYTES + 1}`),
		"403",
		"403 PR",
	),
];

export const REQUESTS: Kind[] = [...STRANGERS, ...ODD, ...MALFORMED, ...BOMBS];

function cookie(value: string): string {
	return anonymous("GET /x", `Cookie: galaxysession=${value}`);
}

function asking(...lines: string[]): (peer: Peer) => string {
	return (peer) => peer.ask("GET /odd", ...lines);
}

function chunked(name: string, body: string): Kind {
	const head = (peer: Peer) =>
		peer.ask("POST /swallow", "Transfer-Encoding: chunked");
	return sends(name, (peer) => head(peer) + body, "400", "400 PR");
}

/** A TLS 1.2 record with the beginning of a ClientHello (RFC 5246 7.4.1.2). */
const CLIENT_HELLO = Buffer.concat([
	Buffer.from("16030100c8010000c40303", "hex"),
	Buffer.alloc(190, 7),
]);

import {
	type Draft,
	insert,
	newDraft,
	render,
	withChunks,
	withLength,
} from "./draft.js";
import { MUTATIONS, OF_REQUESTS } from "./mutations.js";
import type { Random } from "./random.js";

/** The client of several requests. */
export interface Asker {
	/** The session cookie's name and value. */
	readonly cookie: string;
	readonly session: string;
}

const METHODS = ["GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE"];
const RARE_METHODS = ["OPTIONS", "PATCH", "PROPFIND", "REPORT", "X-A", "get"];

/** Fields that a proxy must handle, and others. */
const FIELDS = [
	...`Accept: */* | X-Empty: | X-Text: \xe9\xff | x-lower: 1 | __proto__: 1 | constructor: 1
Connection: keep-alive | Connection: keep-alive, X-Lower, x-text
Connection: Content-Length, Transfer-Encoding, Host | Connection: X-Forwarded-For, cookie
Connection: close | Connection: upgrade | Keep-Alive: timeout=5 | Proxy-Connection: keep-alive
Proxy-Authorization: Basic eDp4 | TE: trailers | TE: gzip, trailers;q=1 | Trailer: X-Checksum
Expect: 100-continue | X-Forwarded-For: 6.6.6.6 | X_Forwarded_For: 7.7.7.7 | X-Forwarded-Host: evil.example
X-Forwarded-Proto: https | Forwarded: for=6.6.6.6 | X-Real-IP: 6.6.6.6 | Content_Length: 5
Transfer_Encoding: chunked | Cookie: theme=dark | cookie: a=b; c=d | Origin: http://evil.example
Upgrade: h2c | REMOTE_USER: eve@example.org | X-GX_Secret: 5ecret | Authorization: Basic eDp5
CDN-Loop: other; a=b | Cookie: _shibsession_64=1; theme=dark | HTTP2-Settings: AAMAAABkAAQAAP__
Referer: http://x/?a=b#c`.split(/ \| |\n/),
	"X-Tab:\ta\tb\t",
];

/** A request that is hidden in a body. */
const SMUGGLED =
	"GET /smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

/** One request as bytes (latin1); about one of seven is damaged. */
export function requestText(asker: Asker, random: Random): string {
	const draft = goodRequest(asker, random);
	if (random.chance(0.86)) return render(draft);
	if (random.chance(0.3)) random.pick(OF_REQUESTS)(draft, random);
	else random.pick(MUTATIONS)(draft, random);
	if (random.chance(0.2)) random.pick(MUTATIONS)(draft, random);
	return render(draft);
}

/** The last of a connection: its answer ends it. */
export function lastRequest({ cookie, session }: Asker): string {
	return `GET /last HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}=${session}\r\nConnection: close\r\n\r\n`;
}

function goodRequest(asker: Asker, random: Random): Draft {
	const method = random.pick(random.chance(0.1) ? RARE_METHODS : METHODS);
	const version = random.chance(0.06) ? "HTTP/1.0" : "HTTP/1.1";
	const draft = newDraft(`${method} ${targetOf(random)} ${version}`);
	if (random.chance(0.05)) draft.before = "\r\n";
	const { fields } = draft;
	const mayLack = version === "HTTP/1.0" && random.chance(0.5);
	if (!mayLack) fields.push(`Host: ${random.pick(HOSTS)}`);
	while (random.chance(0.5)) {
		const field = random.pick(FIELDS);
		// A connection that closes early carries little: now and then is enough.
		if (field !== "Connection: close" || random.chance(0.3))
			insert(random, fields, field);
	}
	if (random.chance(0.95)) insert(random, fields, cookieLine(asker, random));
	if (random.chance(0.04)) askForTunnel(draft, random);
	else if (!/^(GET|HEAD)/.test(method) || random.chance(0.1))
		withBody(draft, random);
	return draft;
}

const HOSTS =
	`galaxy.example | localhost:8800 | [::1]:80 | a_b.example | %41`.split(
		/ \| |\n/,
	);

const PATHS = [
	...`/ | /a/b?c=d | //gie_proxy//b///c | /a//b///c | /x/../y/./z | /%zz/%00 | /\xc3\xa9/\xe2\x82\xac | /?//q//
//evil.example/a | ///x//y?//z | // | /http://x//y | /a;b=c?d?e=/f | /~'"<> | /%2e%2e//`.split(
		/ \| |\n/,
	),
	"/a|b{c}[d]\\^`",
];

function targetOf(random: Random): string {
	const path = `${random.pick(PATHS)}${random.chance(0.5) ? random.word(5) : ""}`;
	if (random.chance(0.05))
		return `${random.pick(["http", "HTTPS", "ws", "Wss"])}://other.example:81${random.chance(0.8) ? path : "?q"}`;
	return random.chance(0.01) ? `/${random.word(50).repeat(180)}` : path;
}

function cookieLine({ cookie, session }: Asker, random: Random): string {
	const own = `${cookie}=${session}`;
	const lines = [
		...[own, own, own, `a=b; ${own}`, `${own}; c="d e"`],
		...[`x${cookie}=1; ${own};;y`, `a; ${own} ; ${cookie}=other`],
		`${cookie}=other; ${own}`,
		`${cookie}=%${session.charCodeAt(0).toString(16)}${session.slice(1)}`,
	];
	return `${random.pick(["Cookie", "Cookie", "cookie"])}: ${random.pick(lines)}`;
}

const PROTOCOLS =
	`Upgrade: websocket | Upgrade: websocket | Upgrade: h2c, WebSocket
Upgrade: websocket ,x/1 | Upgrade: websocket/13 | Upgrade: ,`.split(/ \| |\n/);

/** The container agrees where the target says so. */
function askForTunnel(draft: Draft, random: Random): void {
	const version = random.chance(0.2) ? "HTTP/1.0" : "HTTP/1.1";
	draft.start = `GET /${random.pick(["101", "426"])} ${version}`;
	insert(random, draft.fields, "Connection: Upgrade");
	insert(random, draft.fields, random.pick(PROTOCOLS));
	for (const field of ["Key: eA==", "Version: 13"])
		if (random.chance(0.8))
			insert(random, draft.fields, `Sec-WebSocket-${field}`);
}

function withBody(draft: Draft, random: Random): void {
	const bodies = [
		"",
		"hello",
		SMUGGLED,
		"0\r\n\r\n",
		"\r\n",
		random.word(random.below(60)),
		random.chance(0.05) ? random.word(50).repeat(600) : "x",
	];
	const body = random.pick(bodies);
	if (random.chance(0.5)) withLength(draft, body, random);
	else withChunks(draft, body, random);
}

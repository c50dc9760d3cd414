import type { Asking, Ending } from "./container-response.js";
import {
	type Draft,
	insert,
	newDraft,
	render,
	withChunks,
	withLength,
} from "./draft.js";
import { MUTATIONS } from "./mutations.js";
import type { Random } from "./random.js";

/** A container's reply to one request. */
export interface Reply {
	/** As latin1. */
	readonly bytes: string;
	readonly cuts: readonly number[];
	ending: Ending;
}

const STATUSES = [
	...`200 OK | 200 OK | 200 OK | 200 | 201 Created | 204 No Content | 206 Partial Content | 301 Moved
304 Not Modified | 304 Not Modified | 404 \xe9 | 500 X | 999 X`.split(
		/ \| |\n/,
	),
	"200 ",
];

const FIELDS =
	`Content-Type: text/plain | X-Empty: | X-Text: \xe9\xff | __proto__: 1 | constructor: 1
Connection: keep-alive | Connection: close | Connection: X-Text, Content-Length
Keep-Alive: timeout=5, max=100 | Keep-Alive: timeout=1 | Proxy-Authenticate: Basic | Set-Cookie: a=b
Set-Cookie: galaxysession=stolen; Path=/ | Set-Cookie: xgalaxysession=1 | Trailer: X-Checksum
Upgrade: websocket | Location: http://localhost/x | Vary: Accept | Access-Control-Allow-Origin: *
Content_Length: 5`.split(/ \| |\n/);

const INTERIMS = [
	"HTTP/1.1 100 Continue\r\n\r\n",
	"HTTP/1.1 102 Processing\r\n\r\n",
	"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n",
	"HTTP/1.1 199 X\r\nContent-Length: 5\r\nConnection: X-Y\r\nX-Y: z\r\n\r\n",
	"HTTP/1.0 100 \r\n\r\n",
];

/** A container's response as bytes, with `tag` in its body. About one of three is damaged. */
export function responseText(
	tag: string,
	asking: Asking,
	random: Random,
): string {
	if (asking.upgrades && random.chance(0.4)) return switching(random);
	const draft = goodResponse(tag, asking, random);
	if (random.chance(0.35)) {
		if (random.chance(0.25)) random.pick(OF_RESPONSES)(draft, random);
		else random.pick(MUTATIONS)(draft, random);
	}
	const text = render(draft);
	if (random.chance(0.06)) return text.slice(0, random.below(text.length));
	return text + surplus(random);
}

/** An unrequested next answer. */
function surplus(random: Random): string {
	if (!random.chance(0.06)) return "";
	return random.pick([
		"x",
		"\r\n",
		"0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsurplus",
	]);
}

function goodResponse(tag: string, asking: Asking, random: Random): Draft {
	const version = random.chance(0.07) ? "HTTP/1.0" : "HTTP/1.1";
	const status = random.pick(STATUSES);
	const draft = newDraft(`${version} ${status}`);
	while (random.chance(0.12)) draft.before += random.pick(INTERIMS);
	while (random.chance(0.4)) insert(random, draft.fields, random.pick(FIELDS));
	const body = bodyOf(tag, random);
	const kind = random.below(10);
	if (kind < 5) withLength(draft, body, random);
	else if (kind < 9) withChunks(draft, body, random);
	else draft.plain = body;
	// Containers that send a body where none may be are the exception.
	const bodyless = asking.isHead || /^(204|304)/.test(status);
	if (bodyless && random.chance(0.9)) {
		draft.plain = "";
		if (draft.chunks !== null) draft.chunks = null;
	}
	return draft;
}

function bodyOf(tag: string, random: Random): string {
	const bodies = [
		tag,
		tag,
		`${tag} `.repeat(1 + random.below(20)),
		"",
		`${tag}\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`,
		random.chance(0.1) ? tag + random.word(50).repeat(800) : "x",
	];
	return random.pick(bodies);
}

function switching(random: Random): string {
	const upgrade = random.pick(["websocket", "websocket", "WebSocket", "h2c"]);
	const rest = random.pick(["", "frame", "HTTP/1.1 200 OK\r\n\r\n"]);
	return `HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\n\r\n${rest}`;
}

const OF_RESPONSES = [
	...[oddStart, oddStart, oddStart, flood, unasked],
	...[emptyLines, emptyLines],
];

function emptyLines(draft: Draft, random: Random): void {
	const end = random.pick(["\r\n", "\n", "\r\n\n", "\r\r\n", "\r"]);
	draft.before += end.repeat(1 + random.below(5));
}

function oddStart(draft: Draft, random: Random): void {
	const reason = draft.start.slice(9);
	draft.start = random.pick([
		...[`HTTP/1.2 ${reason}`, `HTTP/2 ${reason}`],
		...[`HTTP/1.1  ${reason}`, `HTTP/1.1\t${reason}`],
		...[`http/1.1 ${reason}`, `ICY ${reason}`, ` HTTP/1.1 ${reason}`],
		...["HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 099 OK"],
		...["HTTP/1.1 +20 OK", "HTTP/1.1 200OK", "HTTP/1.1"],
		...[`HTTP/1.1 ${reason}\0`, `HTTP/1.1 ${reason}\rX: y`, ""],
	]);
}

function flood(draft: Draft, random: Random): void {
	draft.before = random.pick(INTERIMS).repeat(random.pick([14, 17, 40]));
}

function unasked(draft: Draft): void {
	draft.before +=
		"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
}

import { type Field, membersOf, valuesOf } from "./strict.js";
import { asksForTunnel, type ReadRequest } from "./strict-request.js";

/** The proxy's settings that affect its requests to containers. */
export interface Outlook {
	/** The session cookie's name. */
	readonly cookie: string;
	/** Whether X-Forwarded fields of clients are trusted. */
	readonly trusted: boolean;
	/** The container's "host:port". */
	readonly target: string;
}

/** The first line and the fields that a container must get, in order, but for Connection. */
export interface Forwarded {
	readonly line: string;
	readonly fields: readonly Field[];
}

/** Fields of framing and routing, which Connection cannot remove. */
const LASTING =
	`content-length | transfer-encoding | host | cookie | set-cookie`.split(
		/ \| |\n/,
	);
/** Stands for a daemon's mark in CDN-Loop, whose end is random. */
const LOOP_ID = "galaxy-proxy-0123456789abcdef";
const OURS = ["host", "content-length", "transfer-encoding"];

/** The contract of docs/architecture.md and docs/compatibility.md, written independently of src/. */
export function forwarded(request: ReadRequest, outlook: Outlook): Forwarded {
	const { authority, fields, method, path } = request;
	const hosts = valuesOf(fields, "host");
	const host = authority ?? (hosts.length === 0 ? outlook.target : null);
	const options = membersOf(fields, "connection");
	const out: Field[] = host === null ? [] : [["Host", host]];
	const chain: string[] = [];
	for (const field of fields) {
		const name = field[0].toLowerCase();
		if (host !== null && name === "host") continue;
		if (options.includes(name) && !LASTING.includes(name)) continue;
		if (staysHere(name, outlook) || isIdentity(name)) continue;
		if (name === "x-forwarded-for") chain.push(field[1]);
		else out.push(...withoutLogins(field, outlook.cookie));
	}
	if (membersOf(fields, "te").includes("trailers"))
		out.push(["TE", "trailers"]);
	out.push(["CDN-Loop", LOOP_ID]);
	out.push(["X-Forwarded-For", [...chain, "127.0.0.1"].join(", ")]);
	if (!outlook.trusted)
		out.push(
			["X-Forwarded-Host", host ?? hosts[0] ?? ""],
			["X-Forwarded-Proto", "http"],
		);
	if (asksForTunnel(request)) out.push(["Upgrade", "websocket"]);
	return { line: `${method} ${collapsed(path)} HTTP/1.1`, fields: out };
}

function staysHere(name: string, { trusted }: Outlook): boolean {
	const plain = name.replaceAll("_", "-");
	if (isHopByHop(name) || name === "http2-settings") return true;
	if (plain !== name)
		return isHopByHop(plain) || isForwarding(plain) || OURS.includes(plain);
	return !trusted && isForwarding(name);
}

function isHopByHop(name: string): boolean {
	return (
		["connection", "keep-alive", "te", "upgrade"].includes(name) ||
		name.startsWith("proxy-")
	);
}

function isForwarding(name: string): boolean {
	return (
		name.startsWith("x-forwarded-") ||
		name === "forwarded" ||
		name === "x-real-ip"
	);
}

/** Runs of slashes in the path become one, or two after http: and https:; the query is unchanged. */
function collapsed(target: string): string {
	const [path = "", ...query] = target.split("?");
	const parts = path.split(/(\/{2,})/);
	const clean = parts.map((part, i) => {
		if (i % 2 === 0) return part;
		return /https?:$/.test(parts[i - 1] ?? "") ? "//" : "/";
	});
	return [clean.join(""), ...query].join("?");
}

/** The received fields except Connection, with a fixed end of a daemon's mark. */
export function withoutChance(fields: readonly Field[]): Field[] {
	const lasting = fields.filter(([name]) => name !== "Connection");
	return lasting.map(([name, value]) => {
		const isMark =
			name === "CDN-Loop" && /^galaxy-proxy-[0-9a-f]{16}$/.test(value);
		return [name, isMark ? LOOP_ID : value];
	});
}

/** Whether it names Galaxy's user, in any spelling that some server accepts. */
function isIdentity(name: string): boolean {
	return /^(x-)?(remote-user|gx-secret)$/.test(name.replaceAll("_", "-"));
}

/** A Cookie line without the session's and single sign-on's cookies; dropped where no other cookie remains. */
function withoutLogins([name, value]: Field, cookie: string): Field[] {
	const pairs = value.split(";");
	const kept = pairs.filter((pair) => !isLogin(cookieOf(pair)[0], cookie));
	if (name.toLowerCase() !== "cookie" || kept.length === pairs.length)
		return [[name, value]];
	const left = kept.join(";").replace(/^[\t ]+|[\t ]+$/g, "");
	return left === "" ? [] : [[name, left]];
}

function isLogin(name: string, cookie: string): boolean {
	return name === cookie || /^(_shibsession_|MOD_AUTH_CAS)/.test(name);
}

function cookieOf(pair: string): [name: string, value: string] {
	const equals = pair.indexOf("=");
	const name = equals < 0 ? pair : pair.slice(0, equals);
	const value = equals < 0 ? "" : pair.slice(equals + 1);
	return [trim(name), trim(value)];
}

function trim(text: string): string {
	return text.replace(/^[\t ]+|[\t ]+$/g, "");
}

/** The request's session: the last cookie of the name, % decoded; empty without one. */
export function sessionOf(request: ReadRequest, cookie: string): string {
	const values = valuesOf(request.fields, "cookie")
		.flatMap((line) => line.split(";"))
		.filter((pair) => pair.includes("=") && cookieOf(pair)[0] === cookie)
		.map((pair) => cookieOf(pair)[1]);
	const value = values.at(-1) ?? "";
	return value.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
		String.fromCharCode(Number.parseInt(hex, 16)),
	);
}

/** The trailers that are forwarded: none that may only stand in a head (RFC 9110 6.5.1). */
export function trailing(trailers: readonly Field[]): Field[] {
	return trailers.filter(([each]) => {
		const name = each.toLowerCase().replaceAll("_", "-");
		return !(
			LASTING.includes(name) ||
			HEAD_ONLY.includes(name) ||
			isHopByHop(name) ||
			isForwarding(name) ||
			isIdentity(name) ||
			name.startsWith("access-control-")
		);
	});
}

const HEAD_ONLY =
	`trailer | authorization | content-encoding | content-type | content-range | expect | location | origin
range`.split(/ \| |\n/);

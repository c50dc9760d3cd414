import { BlockList, isIP, isIPv4 } from "node:net";

/** The origins that get CORS headers; listed origins have the form in which browsers send them. */
export type Cors = "same-host" | "any" | "none" | readonly string[];
/** The targets that rows may have; a list has names in lower case, addresses and networks. */
export type AllowTarget = "any" | readonly string[];
/** Which rows lead to an address that several rows have. */
export type SameAddress = "newest" | "any";
export type KeepAlive = "auto" | "always" | "never";
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Address of the admin listener; a path may be relative. */
export type AdminAddress =
	| { readonly kind: "unix"; readonly path: string }
	| { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** One kind of value: `read` returns undefined for a text that is not allowed, `allowed` completes "give ...". */
export interface Kind<T> {
	readonly allowed: string;
	/** Then a text that is not allowed is not repeated. */
	readonly mayHoldPassword?: true;
	read(text: string): T | undefined;
}

export const port: Kind<number> = {
	allowed: "a whole number from 0 to 65535 (0 is any free port)",
	read: (text) => wholeNumber(text, 0, 65535),
};

export const clients: Kind<number> = {
	allowed: "a whole number from 1 to 100000000",
	read: (text) => wholeNumber(text, 1, 100_000_000),
};

/** Beyond it, more workers only cost memory. */
export const MOST_WORKERS = 64;

export const workers: Kind<number | "auto"> = {
	allowed: `a whole number from 1 to ${MOST_WORKERS}, or auto: the number of CPUs that the process may use`,
	read: (text) => (text === "auto" ? text : wholeNumber(text, 1, MOST_WORKERS)),
};

/** Bytes of a unix socket's path that the kernel accepts (unix(7)), without the closing 0. */
export const SOCKET_PATH_BYTES = 107;

export const listenAddress: Kind<string> = {
	allowed:
		"a host name or an address, for example 0.0.0.0, 127.0.0.1, :: or localhost; or unix: and the absolute path of a socket, at most 107 bytes",
	read(text) {
		if (text.startsWith("unix:"))
			return isSocketPath(text.slice(5)) ? text : undefined;
		return isIP(text) !== 0 || isHostName(text) ? text : undefined;
	},
};

export const adminAddress: Kind<AdminAddress> = {
	allowed: "HOST:PORT, for example 127.0.0.1:8801 or [::1]:8801, or unix:PATH",
	read(text) {
		if (text.startsWith("unix:")) {
			const path = file.read(text.slice(5));
			return path === undefined ? undefined : { kind: "unix", path };
		}
		const place = hostAndPort(text);
		return place && { kind: "tcp", ...place };
	},
};

/** Reads host:port, with an IPv6 address in brackets. */
export function hostAndPort(text: string) {
	const [, name = "", digits = ""] =
		/^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(text) ?? [];
	const host = listenAddress.read(name.replace(/^\[(.*:.*)\]$/, "$1"));
	const number = port.read(digits);
	return host === undefined || number === undefined || host.startsWith("unix:")
		? undefined
		: { host, port: number };
}

/** Whether a host name or address is certainly this machine's loopback; other names may be anywhere. */
export function isLoopbackName(name: string): boolean {
	return (
		name === "localhost" || name === "::1" || /^127(\.\d{1,3}){3}$/.test(name)
	);
}

/** RFC 6265 section 4.1.1: a cookie's name is a token. */
export const cookieName: Kind<string> = {
	allowed: "letters, digits and the signs !#$%&'*+-.^_`|~",
	read: (text) => (/^[\w!#$%&'*+\-.^`|~]+$/.test(text) ? text : undefined),
};

export const file: Kind<string> = {
	allowed: "the path of a file",
	read: (text) => (text === "" || text.includes("\0") ? undefined : text),
};

export const folder: Kind<string> = {
	allowed: "the path of a folder",
	read: file.read,
};

/** Without a slash at its end and with single slashes, since requests are compared after theirs are collapsed. */
export const urlPrefix: Kind<string> = {
	allowed: "a path as in a URL, for example /galaxy/gie_proxy",
	read(text) {
		if (text === "") return "";
		if (!/^\/[\x21-\x7e]*$/.test(text) || /[?#]/.test(text)) return undefined;
		return text.replace(/\/+/g, "/").replace(/\/$/, "");
	},
};

/** setTimeout takes 2^31 - 1 milliseconds at most and fires at once beyond. */
const LONGEST_SECONDS = 2_147_483;

/** Seconds as text, milliseconds as value. 0 means zero here; as a limit (`seconds`) it means never. */
export const duration: Kind<number> = {
	allowed: `seconds from 0 to ${LONGEST_SECONDS}, fractions allowed`,
	// Rounded up, because a positive limit must not become 0, which means never.
	read(text) {
		if (!/^(\d+\.?\d*|\.\d+)$/.test(text)) return undefined;
		const value = Number(text);
		return value <= LONGEST_SECONDS ? Math.ceil(value * 1000) : undefined;
	},
};

/** A limit: 0 is none. */
export const seconds: Kind<number> = {
	allowed: `${duration.allowed} (0 is never)`,
	read: duration.read,
};

export const peers: Kind<readonly string[]> = {
	allowed:
		"addresses, networks such as 10.0.0.0/8 and the word loopback, with commas between them, or none",
	read(text) {
		if (text === "none" || text.trim() === "") return [];
		const list = items(text);
		const isPeer = (item: string) => item === "loopback" || isNetwork(item);
		return list.every(isPeer) ? list : undefined;
	},
};

export const targets: Kind<AllowTarget> = {
	allowed:
		"any, or host names, addresses and networks such as 172.17.0.0/16, with commas between them",
	read(text) {
		if (text === "any") return text;
		const list = items(text).map((item) => item.toLowerCase());
		const isGood = (item: string) =>
			isNetwork(item) || (isHostName(item) && item !== "any");
		return list.length > 0 && list.every(isGood) ? list : undefined;
	},
};

export const cors: Kind<Cors> = {
	allowed:
		"same-host, any, none, or origins such as https://galaxy.example.org with commas between them",
	read(text) {
		if (text === "same-host" || text === "any" || text === "none") return text;
		const list = items(text).map(originOf);
		return list.every((origin) => origin !== undefined) && list.length > 0
			? list
			: undefined;
	},
};

export const keepAlive = oneOf<KeepAlive>("auto", "always", "never");

/** A name of a field or cookie; a star at the end means any ending. */
const NAME = /^[\w!#$%&'+\-.^`|~]+\*?$/;
/** Fields without which a request cannot be understood or has another meaning. */
const NEEDED =
	"host cookie connection upgrade content-length content-type transfer-encoding sec-websocket-";

export const withheldNames: Kind<readonly string[]> = {
	allowed:
		"names of request fields and cookies with commas between them, a star at the end for any ending, but not Host, Cookie, Connection, Upgrade, Content-Length, Content-Type, Transfer-Encoding or Sec-WebSocket-*",
	read(text) {
		const list = fieldNames.read(text);
		return list?.some(isNeeded) ? undefined : list;
	},
};

export const fieldNames: Kind<readonly string[]> = {
	allowed: "names with commas between them",
	read(text) {
		const list = items(text);
		return list.every((name) => NAME.test(name)) ? list : undefined;
	},
};

export const sameAddress = oneOf<SameAddress>("newest", "any");
export const logLevel = oneOf<LogLevel>("debug", "info", "warn", "error");

export const onOff: Kind<boolean> = {
	allowed: "1, true, yes or on, or else 0, false, no, off or nothing",
	read(text) {
		if (/^(1|true|yes|on)$/i.test(text)) return true;
		return /^(0|false|no|off|)$/i.test(text) ? false : undefined;
	},
};

export function oneOf<T extends string>(...words: readonly T[]): Kind<T> {
	return {
		allowed: `one of ${words.join(", ")}`,
		read: (text) => words.find((word) => word === text),
	};
}

export function wholeNumber(
	text: string,
	least: number,
	most: number,
): number | undefined {
	const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
	return value >= least && value <= most ? value : undefined;
}

/** Whether a name, or a name that its star stands for, is a needed field's; `_` counts as `-`. */
function isNeeded(name: string): boolean {
	const plain = name.toLowerCase().replaceAll("_", "-");
	return NEEDED.split(" ").some((each) => {
		if (plain.endsWith("*") && each.startsWith(plain.slice(0, -1))) return true;
		return each.endsWith("-") ? plain.startsWith(each) : plain === each;
	});
}

function items(text: string): string[] {
	return text.split(/[\s,]+/).filter((item) => item !== "");
}

function isSocketPath(path: string): boolean {
	const fits = Buffer.byteLength(path) <= SOCKET_PATH_BYTES;
	return fits && /^\/[^\0]*[^/\0]$/.test(path);
}

/** A text in the form of an address must be one: 256.1.1.1 is not a name. */
function isHostName(text: string): boolean {
	const numeric = /^[\d./]+$/.test(text) || text.includes(":");
	return !numeric && /^[a-z\d]([a-z\d._-]{0,251}[a-z\d])?$/i.test(text);
}

function isNetwork(text: string): boolean {
	const [address = "", bits, more] = text.split("/");
	// isIP accepts a zone (fe80::1%eth0), but the BlockList that the list becomes refuses it.
	if (!isIP(address) || address.includes("%") || more !== undefined)
		return false;
	const family = isIPv4(address) ? "ipv4" : "ipv6";
	const width = family === "ipv4" ? 32 : 128;
	if (bits === undefined) return true;
	const length = wholeNumber(bits, 0, width);
	if (length === undefined) return false;
	new BlockList().addSubnet(address, length, family);
	return true;
}

/** An origin in the form that browsers send (RFC 6454 section 6.2): lower case, no default port, nothing after the port. */
function originOf(text: string): string | undefined {
	if (!URL.canParse(text)) return undefined;
	const { origin, protocol, pathname, search, hash, username, password } =
		new URL(text);
	const bare =
		pathname === "/" && `${search}${hash}${username}${password}` === "";
	return bare && /^https?:$/.test(protocol) ? origin : undefined;
}

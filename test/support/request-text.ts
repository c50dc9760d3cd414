/** The session that requests ask for where nothing else is said. */
export const SESSION = "abc";
export const COOKIE = `Cookie: galaxysession=${SESSION}`;

/** A request's head with the session's cookie; `first` is its method and target, `lines` are more fields. */
export function request(first: string, ...lines: string[]): string {
	return anonymous(first, COOKIE, ...lines);
}

/** A request's head without a cookie. */
export function anonymous(first: string, ...lines: string[]): string {
	return head(`${first} HTTP/1.1`, "Host: galaxy.example", ...lines);
}

/** An upgrade to a WebSocket, with the session's cookie. */
export function upgrade(target = "/ws", ...lines: string[]): string {
	return request(`GET ${target}`, ...UPGRADE, ...lines);
}

/** The field lines of a browser's upgrade. */
export const UPGRADE = [
	"Connection: Upgrade",
	"Upgrade: websocket",
	"Sec-WebSocket-Version: 13",
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/** Lines with their CRLF, and the empty one that ends a head. */
export function head(...lines: string[]): string {
	return `${lines.join("\r\n")}\r\n\r\n`;
}

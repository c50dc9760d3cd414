import { bare, get, reply, type Table, withFields } from "../exchange.js";

const PLAIN =
	`200 OK|201 Created|202 Accepted|203 Non-Authoritative Information|207 Multi-Status
400 Bad Request|401 Unauthorized|403 Forbidden|404 Not Found|405 Method Not Allowed
409 Conflict|418 I'm a teapot|422 Unprocessable Entity|429 Too Many Requests
500 Internal Server Error|502 Bad Gateway|503 Service Unavailable|504 Gateway Timeout|599 Odd`.split(
		/[|\n]/,
	);

/** Status lines and response fields. */
export const statuses: Table = {
	...Object.fromEntries(
		PLAIN.map((status) => [`an answer ${status}`, plain(status)]),
	),
	"a reason phrase of its own": {
		answer: reply("200 All is well, thank you", "x"),
	},
	"204": { answer: bare("204 No Content", "X-Left: 1") },
	"205": { answer: reply("205 Reset Content", "") },
	"304 with validators": {
		send: get("/", 'If-None-Match: "a"'),
		answer: bare("304 Not Modified", 'ETag: "a"', "Cache-Control: max-age=5"),
	},
	"304 with a length": {
		send: get("/", 'If-None-Match: "a"'),
		answer: bare("304 Not Modified", 'ETag: "a"', "Content-Length: 500"),
	},
	"several Set-Cookie lines": withFields(
		"Set-Cookie: a=1; Path=/",
		"Set-Cookie: b=2; HttpOnly",
		"Set-Cookie: c=3; Expires=Wed, 21 Oct 2030 07:28:00 GMT",
	),
	"a session cookie from the container": withFields(
		"Set-Cookie: galaxysession=stolen; Path=/",
		"Set-Cookie: user=1",
	),
	"a field twice": withFields(
		"X-Twice: 1",
		"X-Twice: 2",
		"Vary: Accept",
		"Vary: Cookie",
	),
	"bytes above 127 in a value": withFields("X-Name: \xfc\xe9"),
	"an empty field": withFields("X-Empty:"),
	"a hundred fields": withFields(
		...Array.from({ length: 100 }, (_, index) => `X-${index}: v`),
	),
	"its own Date and Server": withFields(
		"Date: Tue, 15 Nov 1994 08:12:31 GMT",
		"Server: TornadoServer/4.5",
	),
	"fields that Connection names": withFields(
		"Connection: close, X-Private",
		"X-Private: 1",
		"X-Public: 2",
	),
	"security fields": {
		answer: reply(
			"200 OK",
			"",
			"Content-Security-Policy: frame-ancestors 'self'; report-uri /r",
			"X-Frame-Options: DENY",
			"Strict-Transport-Security: max-age=5",
		),
		differs: ["a container sets no policy for Galaxy's origin"],
	},
	"WWW-Authenticate": {
		answer: reply(
			"401 Unauthorized",
			"no",
			'WWW-Authenticate: Basic realm="x"',
			"WWW-Authenticate: Bearer",
		),
	},
};

function plain(status: string): Table[string] {
	const body = `this is ${status}`;
	return {
		send: get("/x"),
		answer: reply(status, body, "Content-Type: text/plain"),
	};
}

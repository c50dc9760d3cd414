import { bare, type Exchange, get, reply } from "../exchange.js";

/** Status lines and response fields. */
export const statuses: Exchange[] = [
	...[
		"200 OK",
		"201 Created",
		"202 Accepted",
		"203 Non-Authoritative Information",
		"207 Multi-Status",
	].map(plain),
	...[
		"400 Bad Request",
		"401 Unauthorized",
		"403 Forbidden",
		"404 Not Found",
		"405 Method Not Allowed",
	].map(plain),
	...[
		"409 Conflict",
		"418 I'm a teapot",
		"422 Unprocessable Entity",
		"429 Too Many Requests",
	].map(plain),
	...[
		"500 Internal Server Error",
		"502 Bad Gateway",
		"503 Service Unavailable",
		"504 Gateway Timeout",
		"599 Odd",
	].map(plain),
	{
		name: "a reason phrase of its own",
		send: get("/"),
		answer: reply("200 All is well, thank you", "x"),
	},
	{ name: "204", send: get("/"), answer: bare("204 No Content", "X-Left: 1") },
	{ name: "205", send: get("/"), answer: reply("205 Reset Content", "") },
	{
		name: "304 with validators",
		send: get("/", 'If-None-Match: "a"'),
		answer: bare("304 Not Modified", 'ETag: "a"', "Cache-Control: max-age=5"),
	},
	{
		name: "304 with a length",
		send: get("/", 'If-None-Match: "a"'),
		answer: bare("304 Not Modified", 'ETag: "a"', "Content-Length: 500"),
	},
	{
		name: "several Set-Cookie lines",
		send: get("/"),
		answer: reply(
			"200 OK",
			"",
			"Set-Cookie: a=1; Path=/",
			"Set-Cookie: b=2; HttpOnly",
			"Set-Cookie: c=3; Expires=Wed, 21 Oct 2030 07:28:00 GMT",
		),
	},
	{
		name: "a session cookie from the container",
		send: get("/"),
		answer: reply(
			"200 OK",
			"",
			"Set-Cookie: galaxysession=stolen; Path=/",
			"Set-Cookie: user=1",
		),
	},
	{
		name: "a field twice",
		send: get("/"),
		answer: reply(
			"200 OK",
			"",
			"X-Twice: 1",
			"X-Twice: 2",
			"Vary: Accept",
			"Vary: Cookie",
		),
	},
	{
		name: "bytes above 127 in a value",
		send: get("/"),
		answer: reply("200 OK", "", "X-Name: \xfc\xe9"),
	},
	{
		name: "an empty field",
		send: get("/"),
		answer: reply("200 OK", "", "X-Empty:"),
	},
	{
		name: "a hundred fields",
		send: get("/"),
		answer: reply(
			"200 OK",
			"",
			...Array.from({ length: 100 }, (_, index) => `X-${index}: v`),
		),
	},
	{
		name: "its own Date and Server",
		send: get("/"),
		answer: reply(
			"200 OK",
			"",
			"Date: Tue, 15 Nov 1994 08:12:31 GMT",
			"Server: TornadoServer/4.5",
		),
	},
	{
		name: "fields that Connection names",
		send: get("/"),
		answer: reply(
			"200 OK",
			"",
			"Connection: close, X-Private",
			"X-Private: 1",
			"X-Public: 2",
		),
	},
	{
		name: "security fields",
		send: get("/"),
		answer: reply(
			"200 OK",
			"",
			"Content-Security-Policy: frame-ancestors 'self'; report-uri /r",
			"X-Frame-Options: DENY",
			"Strict-Transport-Security: max-age=5",
		),
		differs: ["a container sets no policy for Galaxy's origin"],
	},
	{
		name: "WWW-Authenticate",
		send: get("/"),
		answer: reply(
			"401 Unauthorized",
			"no",
			'WWW-Authenticate: Basic realm="x"',
			"WWW-Authenticate: Bearer",
		),
	},
];

function plain(status: string): Exchange {
	return {
		name: `an answer ${status}`,
		send: get("/x"),
		answer: reply(status, `this is ${status}`, "Content-Type: text/plain"),
	};
}

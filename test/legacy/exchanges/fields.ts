import { type Exchange, get, reply, withBody } from "../exchange.js";

const FORM = "Content-Type: application/x-www-form-urlencoded";

/** Request fields and cookies. */
export const fields: Exchange[] = [
	{ name: "what a browser sends", send: get("/", ...browserLines()) },
	{
		name: "a hundred fields",
		send: get(
			"/",
			...Array.from(
				{ length: 100 },
				(_, index) => `X-Field-${index}: ${index}`,
			),
		),
	},
	{ name: "a field of 6 kB", send: get("/", `X-Long: ${"v".repeat(6000)}`) },
	{ name: "an empty field", send: get("/", "X-Empty:") },
	{
		name: "white space around a value",
		send: get("/", "X-Space: \t value \t "),
	},
	{
		name: "a field twice",
		send: get("/", "X-Twice: 1", "X-Other: 2", "X-Twice: 3"),
	},
	{ name: "Accept twice", send: get("/", "Accept: text/html", "Accept: */*") },
	{ name: "bytes above 127 in a value", send: get("/", "X-Name: \xfc\xe9") },
	{
		name: "names in odd cases",
		send: get("/", "x-lower: 1", "X-UPPER: 2", "x-MiXed: 3"),
	},
	{
		name: "Authorization passes",
		send: get("/", "Authorization: Bearer token", "X-XSRFToken: 1"),
	},
	{
		name: "Referer and X-Requested-With",
		send: get(
			"/",
			"Referer: http://galaxy.example:8800/a?b",
			"X-Requested-With: XMLHttpRequest",
		),
	},
	{
		name: "X-Forwarded fields of a front proxy",
		send: get(
			"/",
			"X-Forwarded-For: 192.0.2.1",
			"X-Forwarded-Host: galaxy.example",
			"X-Forwarded-Proto: https",
		),
	},
	{
		name: "two X-Forwarded-For lines",
		send: get(
			"/",
			"X-Forwarded-For: 192.0.2.1",
			"X-Forwarded-For: 192.0.2.2, 192.0.2.3",
		),
	},
	{
		name: "fields that Connection names",
		send: get("/", "Connection: x-private", "X-Private: 1", "X-Public: 2"),
	},
	{
		name: "Proxy-Authorization and TE",
		send: get(
			"/",
			"Proxy-Authorization: Basic eDp5",
			"TE: trailers",
			"Connection: TE",
		),
	},
	{
		name: "cookies beside the session's, before it",
		send: get("/", "Cookie: _xsrf=2|abc; username-8888=x; galaxysession=abc"),
	},
	{
		name: "cookies beside the session's, behind it",
		send: get("/", "Cookie: galaxysession=abc; _xsrf=2|abc; empty=; bare"),
	},
	{
		name: "cookies on both sides of the session's",
		send: get("/", "Cookie: a=1; galaxysession=abc; b=2"),
	},
	{
		name: "cookies without spaces",
		send: get("/", "Cookie: a=1;galaxysession=abc;b=2"),
	},
	{
		name: "two session cookies: the last counts",
		send: get("/", "Cookie: galaxysession=abc; galaxysession=nobody"),
		differs: ["of several session cookies the last counts"],
	},
	{
		name: "the same session cookie twice",
		send: get("/", "Cookie: galaxysession=abc; galaxysession=abc"),
	},
	{
		name: "a percent-encoded session",
		send: get("/", "Cookie: galaxysession=%61bc"),
	},
	{
		name: "a session with an encoded space",
		send: get("/", "Cookie: galaxysession=a%20b"),
	},
	{
		name: "a cookie whose name ends like the session's",
		send: get("/", "Cookie: xgalaxysession=1; galaxysession=abc"),
	},
	{
		name: "a cookie with quotes and equal signs",
		send: get("/", 'Cookie: j="{\\"a\\":1}"; k=a=b==; galaxysession=abc'),
	},
	{
		name: "two Cookie lines",
		send: get("/", "Cookie: a=1", "Cookie: galaxysession=abc"),
	},
	{
		name: "two Cookie lines, the session in the first",
		send: get("/", "Cookie: galaxysession=abc; a=1", "Cookie: b=2"),
	},
	{ name: "Host without a port", send: get("/", "Host: galaxy.example") },
	{ name: "Host as an IPv6 address", send: get("/", "Host: [::1]:8800") },
	{
		name: "RStudio: a form with a charset",
		send: withBody(
			"POST",
			"/rstudio/auth-do-sign-in",
			"v=1",
			`${FORM}; charset=UTF-8`,
		),
	},
	{
		name: "RStudio: a form in lower-case spelling",
		send: withBody(
			"POST",
			"/gie_proxy/rstudio/rpc",
			"v=1",
			`${FORM.toLowerCase()}`,
		),
	},
	{
		name: "RStudio: a form without a charset",
		send: withBody("POST", "/rstudio/auth-do-sign-in", "v=1", FORM),
	},
	{
		name: "RStudio: JSON with a charset",
		send: withBody(
			"POST",
			"/rstudio/rpc/x",
			"{}",
			"Content-Type: application/json; charset=UTF-8",
		),
	},
	{
		name: "elsewhere a form keeps its charset",
		send: withBody("POST", "/ipython/login", "v=1", `${FORM}; charset=UTF-8`),
		answer: reply("200 OK", "in"),
	},
];

function browserLines(): string[] {
	return [
		"Connection: keep-alive",
		"Upgrade-Insecure-Requests: 1",
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
		"Accept-Encoding: gzip, deflate, br",
		"Accept-Language: de,en-US;q=0.7,en;q=0.3",
		"DNT: 1",
		"Sec-Fetch-Dest: document",
		"Sec-Fetch-Mode: navigate",
		"Sec-Fetch-Site: none",
		"Priority: u=0, i",
	];
}

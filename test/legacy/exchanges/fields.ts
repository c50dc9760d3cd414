import { get, reply, type Table, withBody } from "../exchange.js";

const FORM = "Content-Type: application/x-www-form-urlencoded";

/** Request fields and cookies. */
export const fields: Table = {
	"what a browser sends": browserLines(),
	"a hundred fields": Array.from(
		{ length: 100 },
		(_, index) => `X-Field-${index}: ${index}`,
	),
	"a field of 6 kB": [`X-Long: ${"v".repeat(6000)}`],
	"an empty field": ["X-Empty:"],
	"white space around a value": ["X-Space: \t value \t "],
	"a field twice": ["X-Twice: 1", "X-Other: 2", "X-Twice: 3"],
	"Accept twice": ["Accept: text/html", "Accept: */*"],
	"bytes above 127 in a value": ["X-Name: \xfc\xe9"],
	"names in odd cases": ["x-lower: 1", "X-UPPER: 2", "x-MiXed: 3"],
	"Authorization passes": ["Authorization: Bearer token", "X-XSRFToken: 1"],
	"Referer and X-Requested-With": [
		"Referer: http://galaxy.example:8800/a?b",
		"X-Requested-With: XMLHttpRequest",
	],
	"X-Forwarded fields of a front proxy": [
		"X-Forwarded-For: 192.0.2.1",
		"X-Forwarded-Host: galaxy.example",
		"X-Forwarded-Proto: https",
	],
	"two X-Forwarded-For lines": [
		"X-Forwarded-For: 192.0.2.1",
		"X-Forwarded-For: 192.0.2.2, 192.0.2.3",
	],
	"fields that Connection names": [
		"Connection: x-private",
		"X-Private: 1",
		"X-Public: 2",
	],
	"Proxy-Authorization and TE": [
		"Proxy-Authorization: Basic eDp5",
		"TE: trailers",
		"Connection: TE",
	],
	"other cookies before the session's": [
		"Cookie: _xsrf=2|abc; username-8888=x; galaxysession=abc",
	],
	"other cookies after the session's": [
		"Cookie: galaxysession=abc; _xsrf=2|abc; empty=; bare",
	],
	"other cookies on both sides of the session's": [
		"Cookie: a=1; galaxysession=abc; b=2",
	],
	"cookies without spaces": ["Cookie: a=1;galaxysession=abc;b=2"],
	"two session cookies: the last counts": {
		send: get("/", "Cookie: galaxysession=abc; galaxysession=nobody"),
		differs: ["the last of several session cookies counts"],
	},
	"the same session cookie twice": [
		"Cookie: galaxysession=abc; galaxysession=abc",
	],
	"a percent-encoded session": ["Cookie: galaxysession=%61bc"],
	"a session with an encoded space": ["Cookie: galaxysession=a%20b"],
	"a cookie whose name ends like the session's": [
		"Cookie: xgalaxysession=1; galaxysession=abc",
	],
	"a cookie with quotes and equal signs": [
		'Cookie: j="{\\"a\\":1}"; k=a=b==; galaxysession=abc',
	],
	"two Cookie lines": ["Cookie: a=1", "Cookie: galaxysession=abc"],
	"two Cookie lines, the session in the first": [
		"Cookie: galaxysession=abc; a=1",
		"Cookie: b=2",
	],
	"Host without a port": ["Host: galaxy.example"],
	"Host as an IPv6 address": ["Host: [::1]:8800"],
	"RStudio: a form with a charset": withBody(
		"POST",
		"/rstudio/auth-do-sign-in",
		"v=1",
		`${FORM}; charset=UTF-8`,
	),
	"RStudio: a form in lower-case spelling": withBody(
		"POST",
		"/gie_proxy/rstudio/rpc",
		"v=1",
		`${FORM.toLowerCase()}`,
	),
	"RStudio: a form without a charset": withBody(
		"POST",
		"/rstudio/auth-do-sign-in",
		"v=1",
		FORM,
	),
	"RStudio: JSON with a charset": withBody(
		"POST",
		"/rstudio/rpc/x",
		"{}",
		"Content-Type: application/json; charset=UTF-8",
	),
	"elsewhere a form keeps its charset": {
		send: withBody("POST", "/ipython/login", "v=1", `${FORM}; charset=UTF-8`),
		answer: reply("200 OK", "in"),
	},
};

function browserLines(): string[] {
	return [
		...["Connection: keep-alive", "Upgrade-Insecure-Requests: 1"],
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
		"Accept-Encoding: gzip, deflate, br",
		...["Accept-Language: de,en-US;q=0.7,en;q=0.3", "DNT: 1"],
		...["Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate"],
		...["Sec-Fetch-Site: none", "Priority: u=0, i"],
	];
}

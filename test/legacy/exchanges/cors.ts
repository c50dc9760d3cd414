import { bare, get, head, reply, type Table, withFields } from "../exchange.js";

const OTHER = "Origin: http://galaxy.example:8080";

const ASKED = get("/ipython/tree", OTHER);

/** Galaxy's page on another port asks for an environment. */
export const cors: Table = {
	"CORS, an origin, nothing from the container": ASKED,
	"CORS, the container's own are replaced": {
		send: ASKED,
		...withFields(
			"Access-Control-Allow-Origin: *",
			"Access-Control-Allow-Credentials: false",
		),
	},
	"CORS, the container already varies": {
		send: ASKED,
		...withFields("Vary: Accept-Encoding, Origin"),
	},
	"CORS, the container varies by something else": {
		send: ASKED,
		...withFields("Vary: Accept-Encoding"),
	},
	"CORS, the null origin": get("/ipython/tree", "Origin: null"),
	"CORS, other fields of the container pass": {
		send: ASKED,
		...withFields(
			"Access-Control-Expose-Headers: X-Page",
			"Access-Control-Max-Age: 5",
		),
	},
	"CORS, without an origin the container's pass": {
		send: get("/ipython/tree"),
		answer: reply(
			"200 OK",
			"",
			"Access-Control-Allow-Origin: https://a.example",
		),
	},
	"CORS, an error": {
		send: ASKED,
		answer: reply("500 Internal Server Error", "oh"),
	},
	"CORS, a stopped container": get(
		"/ipython/tree",
		OTHER,
		"Cookie: galaxysession=down",
	),
	"CORS, preflight": {
		send: head(
			"OPTIONS /api HTTP/1.1",
			OTHER,
			"Access-Control-Request-Method: PUT",
			"Access-Control-Request-Headers: x-page",
		),
		answer: bare(
			"204 No Content",
			"Access-Control-Allow-Methods: PUT",
			"Access-Control-Allow-Headers: x-page",
		),
	},
};

import { bare, type Exchange, get, head, reply } from "../exchange.js";

const OTHER = "Origin: http://galaxy.example:8080";

/** Galaxy's page on another port asks for an environment. */
export const cors: Exchange[] = [
	{
		name: "CORS, an origin, nothing from the container",
		send: get("/ipython/tree", OTHER),
	},
	{
		name: "CORS, the container's own are replaced",
		send: get("/ipython/tree", OTHER),
		answer: reply(
			"200 OK",
			"",
			"Access-Control-Allow-Origin: *",
			"Access-Control-Allow-Credentials: false",
		),
	},
	{
		name: "CORS, the container already varies",
		send: get("/ipython/tree", OTHER),
		answer: reply("200 OK", "", "Vary: Accept-Encoding, Origin"),
	},
	{
		name: "CORS, the container varies by something else",
		send: get("/ipython/tree", OTHER),
		answer: reply("200 OK", "", "Vary: Accept-Encoding"),
	},
	{ name: "CORS, the null origin", send: get("/ipython/tree", "Origin: null") },
	{
		name: "CORS, other fields of the container pass",
		send: get("/ipython/tree", OTHER),
		answer: reply(
			"200 OK",
			"",
			"Access-Control-Expose-Headers: X-Page",
			"Access-Control-Max-Age: 5",
		),
	},
	{
		name: "CORS, without an origin the container's pass",
		send: get("/ipython/tree"),
		answer: reply(
			"200 OK",
			"",
			"Access-Control-Allow-Origin: https://a.example",
		),
	},
	{
		name: "CORS, an error",
		send: get("/ipython/tree", OTHER),
		answer: reply("500 Internal Server Error", "oh"),
	},
	{
		name: "CORS, a stopped container",
		send: get("/ipython/tree", OTHER, "Cookie: galaxysession=down"),
	},
	{
		name: "CORS, preflight",
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
];

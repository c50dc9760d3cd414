import type { Case } from "../case.js";
import { BY_PATH, handshake, to } from "../requests.js";

/** Fields, methods and bodies on their way. */
export const messages: readonly Case[] = [
	{
		number: 34,
		name: "Connection: upgrade without Upgrade",
		run: (scene) =>
			scene.all([to("GET /a", "Connection: upgrade")], {
				fields: ["connection"],
			}),
		peer: ["200 <- GET /a, connection: upgrade"],
		ours: ["200 <- GET /a, connection: -"],
	},
	{
		number: 35,
		name: "a client that keeps its connection",
		run: (scene) =>
			scene.all([to("GET /a", "Connection: keep-alive")], {
				answers: ["connection"],
			}),
		peer: ["200, connection: close <- GET /a"],
		ours: ["200, connection: - <- GET /a"],
	},
	{
		number: 36,
		name: "fields of fronts, passwords and cookies",
		run: (scene) =>
			scene.all(
				[
					to(
						`GET ${BY_PATH}/a`,
						"X-Forwarded-For: 192.0.2.1",
						"Authorization: Basic eDp5",
						"Cookie: a=1; galaxysession=5ecret",
						"X-Interactive-Tool-Host: evil.example",
					),
				],
				{
					fields: [
						...["x-forwarded-for", "authorization", "cookie"],
						"x-interactive-tool-host",
					],
				},
			),
		peer: [
			"200 <- GET /a, x-forwarded-for: 192.0.2.1, authorization: Basic eDp5, cookie: a=1; galaxysession=5ecret, x-interactive-tool-host: -",
		],
		ours: [
			"200 <- GET /a, x-forwarded-for: 192.0.2.1, 127.0.0.1, authorization: Basic eDp5, cookie: a=1, x-interactive-tool-host: -",
		],
	},
	{
		number: 37,
		name: "Origin, and a container with a rule of its own",
		run: (scene) =>
			scene.all(
				["/a", "/own-cors"].map((target) =>
					to(`GET ${target}`, "Origin: http://page.example"),
				),
				{
					answers: [
						"access-control-allow-origin",
						"access-control-allow-credentials",
					],
				},
			),
		peer: ["/a", "/own-cors"].map(
			(target) =>
				`200, access-control-allow-origin: http://page.example, access-control-allow-credentials: true <- GET ${target}`,
		),
		ours: [
			"200, access-control-allow-origin: -, access-control-allow-credentials: - <- GET /a",
			"200, access-control-allow-origin: http://container.example, access-control-allow-credentials: - <- GET /own-cors",
		],
	},
	{
		number: 38,
		name: "OPTIONS, TRACE and DELETE",
		run: (scene) =>
			scene.all(
				["OPTIONS", "TRACE", "DELETE"].map((method) => to(`${method} /a`)),
				{ fields: ["content-length"] },
			),
		peer: [
			"200 <- OPTIONS /a, content-length: 0",
			"200 <- TRACE /a, content-length: -",
			"200 <- DELETE /a, content-length: 0",
		],
		ours: [
			"200 <- OPTIONS /a, content-length: -",
			"405",
			"200 <- DELETE /a, content-length: -",
		],
	},
	{
		number: 39,
		name: "a form for RStudio with a charset",
		run: (scene) =>
			scene.all([to("POST /rstudio", `${FORM}; charset=UTF-8`, EMPTY)], {
				fields: ["content-type"],
			}),
		peer: [
			"200 <- POST /rstudio, content-type: application/x-www-form-urlencoded",
		],
	},
	{
		number: 40,
		name: "a redirect to localhost, without and with --reverseProxy",
		run: async (scene) => {
			const shown = { answers: ["location"] };
			const rewrites = await scene.startServing(["--reverseProxy"]);
			const there = `localhost:${rewrites.port}`;
			return [
				await scene.ask(to("GET /redirect"), shown),
				(await scene.ask(to("GET /redirect"), shown, rewrites)).replace(
					there,
					"localhost:PORT",
				),
			];
		},
		peer: Array(2).fill("302, location: http://localhost/foo <- GET /redirect"),
	},
	{
		number: 41,
		name: "two Set-Cookie, on 101 too",
		run: (scene) =>
			scene.all([to("GET /cookies"), handshake("/cookies")], {
				answers: ["set-cookie"],
			}),
		peer: [200, 101].map(
			(status) => `${status}, set-cookie: a=1; Path=/ | b=2 <- GET /cookies`,
		),
	},
	{
		number: 42,
		name: "a header block of 20 kB",
		run: (scene) => scene.all([to("GET /a", `X-Long: ${"x".repeat(20_000)}`)]),
		peer: ["431"],
		ours: ["200 <- GET /a"],
	},
];

const FORM = "Content-Type: application/x-www-form-urlencoded";
const EMPTY = "Content-Length: 0";

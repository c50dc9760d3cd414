import { head, UPGRADE } from "../../../../support/client.js";
import type { Case } from "../case.js";
import { PREFIX, to } from "../requests.js";

const DEAD = "502 Proxy target missing";

/** Requests that name their entry point in the host name, and rows that lead nowhere. */
export const host: readonly Case[] = [
	{
		number: 1,
		name: "an entry point by host, with a query and a port",
		run: (scene) => scene.all([to("GET /a?b=1")], { fields: ["host"] }),
		peer: [
			"200 <- GET /a?b=1, host: k1-t1.ep.interactivetool.galaxy.example:8080",
		],
	},
	{
		number: 2,
		name: "other names behind the first dot",
		run: (scene) =>
			scene.all(
				[
					"k1-t1.interactivetoolentrypoint.interactivetool.galaxy.example",
					"k1-t1.interactivetool.galaxy.example",
					"k1-t1.anything",
				].map((name) => to("GET /", `Host: ${name}`)),
			),
		peer: ["200 <- GET /", "200 <- GET /", "200 <- GET /"],
	},
	{
		number: 3,
		name: "a label without a dot",
		run: (scene) => scene.all(["k1-t1", "k1-t1:8080"].map(atHost)),
		peer: [DEAD, DEAD],
		ours: ["404", "404"],
	},
	{
		number: 4,
		name: "upper case",
		run: (scene) =>
			scene.all(["K1-T1.ep.galaxy.example", "k1-t1.ep.x"].map(atHost)),
		peer: [DEAD, "200 <- GET /"],
		ours: ["200 <- GET /", "200 <- GET /"],
	},
	{
		number: 5,
		name: "a dash in the key",
		run: (scene) => scene.all([atHost("k-1-t1.ep.galaxy.example")]),
		peer: [DEAD],
		ours: ["404"],
	},
	{
		number: 6,
		name: "unknown keys and wrong tokens",
		run: async (scene) => {
			const names = [
				"kx-t1.x",
				"k1-tx.x",
				"k1-t.x",
				"__proto__-x.x",
				"x.y",
				"",
			];
			const seen = await scene.all(names.map(atHost));
			const { output } = await scene.program();
			return [...seen, `asks port 80: ${/\b80\b/.test(output())}`];
		},
		peer: [...Array(6).fill(DEAD), "asks port 80: true"],
		ours: [...Array(6).fill("404"), "asks port 80: false"],
	},
	{
		number: 7,
		name: "a row of another key_type",
		run: (scene) => scene.all([atHost("kother-t1.x")]),
		peer: ["200 <- GET /"],
	},
	{
		number: 8,
		name: "two rows of one key",
		run: async (scene) => {
			const map = scene.write(
				scene.row("k1", "t1"),
				scene.row("k2", "first"),
				scene.row("k2", "second", { type: "another" }),
			);
			const own = await scene.startServing([], map);
			return [
				await scene.ask(atHost("k2-first.x"), {}, own),
				await scene.ask(atHost("k2-second.x"), {}, own),
			];
		},
		peer: [DEAD, "200 <- GET /"],
		ours: ["200 <- GET /", "200 <- GET /"],
	},
	{
		number: 9,
		name: "a row without a token",
		run: (scene) =>
			scene.all([
				...["knull-.x", "knull-null.x"].map(atHost),
				...["knull", "knull/", "knull/null/"].map((path) =>
					to(`GET ${PREFIX}/${path}`),
				),
			]),
		peer: [DEAD, DEAD, "200 <- GET /", DEAD, DEAD],
		ours: ["404", "404", "404", "404", "404"],
	},
	{
		number: 10,
		name: "a row without a port, and one without a host",
		run: (scene) => scene.all(["knoport-t1.x", "knohost-t1.x"].map(atHost)),
		peer: [DEAD, "200 <- GET /"],
		ours: ["503", "503"],
	},
	{
		number: 11,
		name: "no Host",
		run: (scene) =>
			scene.all(
				[
					"GET / HTTP/1.1",
					"GET / HTTP/1.0",
					`GET ${PREFIX}/k1/t1/a HTTP/1.1`,
					`GET ${PREFIX}/k1/t1/a HTTP/1.0`,
				].map((line) => head(line)),
				{ maySilence: true },
			),
		peer: ["400", "no answer", "400", "200 <- GET /a"],
		ours: ["400", "404", "400", "200 <- GET /a"],
	},
	{
		number: 12,
		name: "no Host in an upgrade",
		run: (scene) =>
			scene.all(
				["HTTP/1.1", "HTTP/1.0"].map((version) =>
					head(`GET / ${version}`, ...UPGRADE),
				),
			),
		peer: ["the process ends", "the process ends"],
		ours: ["400", "404"],
	},
	{
		number: 13,
		name: "HTTP/1.0 with Host",
		run: (scene) => scene.all([to("GET /a HTTP/1.0")]),
		peer: ["200 <- GET /a"],
	},
];

function atHost(name: string): string {
	return to("GET /", `Host: ${name}`);
}

import type { Case } from "../case.js";
import { BY_PATH, handshake, PREFIX, to } from "../requests.js";

const DEAD = "502 Proxy target missing";

/** Paths of requests, and rows that want theirs in the URL or in a field. */
export const path: readonly Case[] = [
	{
		number: 14,
		name: "several slashes, by host",
		run: (scene) => scene.all([to("GET //a//b?next=http://x//y")]),
		peer: ["200 <- GET /a/b?next=http://x//y"],
		ours: ["200 <- GET /a//b?next=http://x//y"],
	},
	{
		number: 15,
		name: "absolute form",
		run: (scene) =>
			scene.all([to("GET http://evil/abc%20d")], { fields: ["host"] }),
		peer: [
			"200 <- GET /abc%20d, host: k1-t1.ep.interactivetool.galaxy.example:8080",
		],
		ours: ["404"],
	},
	{
		number: 16,
		name: "dot segments and percent-encoding, by host",
		run: (scene) =>
			scene.all(
				["/a/../b/./c", "/a%2Fb%2e%2e/%00", "/a;b=c?x=%zz"].map(getting),
			),
		peer: [
			"200 <- GET /a/../b/./c",
			"200 <- GET /a%2Fb%2e%2e/%00",
			"200 <- GET /a;b=c?x=%zz",
		],
	},
	{
		number: 17,
		name: "an entry point by path",
		run: (scene) =>
			scene.all([getting(`${BY_PATH}/lab/tree?x=1&y=/z`)], {
				fields: ["host"],
			}),
		peer: ["200 <- GET /lab/tree?x=1&y=/z, host: galaxy.example"],
	},
	{
		number: 18,
		name: "no slash behind the token, and one",
		run: (scene) =>
			scene.all([BY_PATH, `${BY_PATH}/`].map(getting), {
				answers: ["location"],
			}),
		peer: ["200, location: - <- GET /", "200, location: - <- GET /"],
		ours: [`307, location: ${BY_PATH}/`, "200, location: - <- GET /"],
	},
	{
		number: 19,
		name: "a query right behind the token",
		run: (scene) =>
			scene.all([getting(`${BY_PATH}?x=1`)], { answers: ["location"] }),
		peer: [`${DEAD}, location: -`],
		ours: [`307, location: ${BY_PATH}/?x=1`],
	},
	{
		number: 20,
		name: "several slashes behind the token",
		run: (scene) => scene.all([getting(`${BY_PATH}//a//b`)]),
		peer: ["200 <- GET /a/b"],
		ours: ["200 <- GET /a//b"],
	},
	{
		number: 21,
		name: "an encoded slash",
		run: (scene) => scene.all([getting(`${BY_PATH}/a%2Fb`)]),
		peer: ["200 <- GET /a%2Fb"],
	},
	{
		number: 22,
		name: "an encoded key",
		run: (scene) => scene.all([getting(`${PREFIX}/k%31/t1/a`)]),
		peer: [DEAD],
		ours: ["404"],
	},
	{
		number: 23,
		name: "dot segments that lead to another tool",
		run: (scene) => scene.all([getting(`${BY_PATH}/../../kurl/t1/a`)]),
		peer: ["200 <- GET /../../kurl/t1/a"],
		ours: ["400"],
	},
	{
		number: 24,
		name: "a row with requires_path_in_url",
		run: (scene) => scene.all([getting(`${PREFIX}/kurl/t1/lab?x=1`)]),
		peer: [`200 <- GET ${PREFIX}/kurl/t1/lab?x=1`],
	},
	{
		number: 25,
		name: "a row with requires_path_in_header_named",
		run: (scene) => scene.all([getting(`${PREFIX}/khdr/t1/lab`)], NAMED),
		peer: [`200 <- GET /lab, x-my-header: ${PREFIX}/khdr/t1`],
	},
	{
		number: 26,
		name: "the same field from the client",
		run: (scene) =>
			scene.all([to(`GET ${PREFIX}/khdr/t1/lab`, "x-my-header: /evil")], NAMED),
		peer: ["200 <- GET /lab, x-my-header: /evil"],
		ours: [`200 <- GET /lab, x-my-header: ${PREFIX}/khdr/t1`],
	},
	{
		number: 27,
		name: "a row with both, a WebSocket too",
		run: (scene) =>
			scene.all(
				[
					getting(`${PREFIX}/kboth/t1/lab`),
					handshake(`${PREFIX}/kboth/t1/lab`),
				],
				NAMED,
			),
		peer: [200, 101].map(
			(status) =>
				`${status} <- GET ${PREFIX}/kboth/t1/lab, x-my-header: ${PREFIX}/kboth/t1`,
		),
	},
	{
		number: 28,
		name: "a row with a header, by host",
		run: (scene) => scene.all([to("GET /lab", "Host: khdr-t1.x")], NAMED),
		peer: ["200 <- GET /lab, x-my-header: -"],
	},
	{
		number: 29,
		name: "a header named Host, and one that is no name",
		run: (scene) =>
			scene.all(
				["khost", "kbad"].map((key) => getting(`${PREFIX}/${key}/t1/lab`)),
				{ maySilence: true, fields: ["host"] },
			),
		peer: ["200 <- GET /lab, host: galaxy.example", "no answer"],
		ours: ["503", "503"],
	},
	{
		number: 30,
		name: "a longer word than the prefix",
		run: (scene) => scene.all([getting(`${PREFIX}X/k1/t1/a`)]),
		peer: ["200 <- GET /a"],
		ours: ["404"],
	},
	{
		number: 31,
		name: "the prefix in upper case, behind two slashes, in absolute form",
		run: (scene) =>
			scene.all(
				[
					"/InteractiveTool/ep/k1/t1/a",
					`/${BY_PATH}/a`,
					`http://galaxy.example${BY_PATH}/a`,
				].map((target) => to(`GET ${target}`, "Host: galaxy.example")),
			),
		peer: [DEAD, DEAD, DEAD],
		ours: ["404", "200 <- GET /a", "200 <- GET /a"],
	},
	{
		number: 32,
		name: "the prefix alone",
		run: (scene) => scene.all([PREFIX, `${PREFIX}/`].map(getting)),
		peer: [DEAD, DEAD],
		ours: ["404", "404"],
	},
	{
		number: 33,
		name: "one tool by host and another by path",
		run: (scene) =>
			scene.all([to(`GET ${BY_PATH}/a`, "Host: kurl-t1.ep.galaxy.example")]),
		peer: ["200 <- GET /a"],
	},
];

const NAMED = { fields: ["x-my-header"] };

function getting(target: string): string {
	return to(`GET ${target}`);
}

import type { Case } from "../case.js";
import type { Program } from "../program.js";
import { BY_PATH, handshake, PREFIX, to } from "../requests.js";
import { ENDS, type Scene } from "../scene.js";

const SHOWN = { fields: ["host", "x-interactive-tool-host"] };
const UNSEEN = "x-interactive-tool-host: -";
const BY_HOST = "host: k1-t1.ep.interactivetool.galaxy.example:8080";
const DEAD = "502 Proxy target missing";

/** Two proxies one behind the other, and the inner one alone. */
export const double: readonly Case[] = [
	{
		number: 57,
		name: "two proxies: by host, by path, with the path in the URL, a WebSocket",
		run: (scene) =>
			throughBoth(scene, [
				to("GET /a"),
				to(`GET ${BY_PATH}/a`),
				to(`GET ${PREFIX}/kurl/t1/a`),
				handshake("/ws"),
			]),
		peer: [
			`200 <- GET /a, ${BY_HOST}, ${UNSEEN}`,
			`200 <- GET /a, host: galaxy.example, ${UNSEEN}`,
			`200 <- GET ${PREFIX}/kurl/t1/a, host: galaxy.example, ${UNSEEN}`,
			`101 <- GET /ws, ${BY_HOST}, ${UNSEEN}`,
		],
	},
	{
		number: 58,
		name: "the client's own x-interactive-tool-host at the outer proxy",
		run: (scene) =>
			throughBoth(scene, [
				to("GET /a", "X-Interactive-Tool-Host: evil.example"),
			]),
		peer: [`200 <- GET /a, ${BY_HOST}, ${UNSEEN}`],
	},
	{
		number: 59,
		name: "a wrong token at the outer proxy, in a request and in a WebSocket",
		run: async (scene) => {
			const wrong = "Host: k1-tx.ep.galaxy.example";
			const texts = [to("GET /a", wrong), handshake("/ws", wrong)];
			const seen: string[] = [];
			for (const text of texts)
				seen.push(...(await throughBoth(scene, [text])));
			return seen;
		},
		peer: ["no answer", ENDS],
		ours: ["404", "404"],
	},
	{
		number: 60,
		name: "the inner proxy: host and port, in one, an IPv6 address, a host alone",
		run: async (scene) => {
			const { port } = scene.container;
			const inner = await scene.inner();
			const asks = [
				["127.0.0.1", `X-Interactive-Tool-Port: ${port}`],
				[`127.0.0.1:${port}`],
				["[::1]:1025"],
				["127.0.0.1"],
			];
			const seen: string[] = [];
			for (const [host, ...more] of asks)
				seen.push(
					await scene.ask(
						to("GET /a", `X-Interactive-Tool-Host: ${host}`, ...more),
						{},
						inner,
					),
				);
			return seen;
		},
		peer: ["200 <- GET /a", "200 <- GET /a", DEAD, DEAD],
	},
	{
		number: 61,
		name: "the inner proxy without the field, in a request and in a WebSocket",
		run: async (scene) => {
			const inner = await scene.inner();
			return [
				await scene.ask(to("GET /a"), { maySilence: true }, inner),
				await scene.ask(handshake("/ws"), {}, inner),
			];
		},
		peer: ["no answer", ENDS],
		ours: ["404", "404"],
	},
];

async function throughBoth(
	scene: Scene,
	texts: readonly string[],
): Promise<string[]> {
	const inner = await scene.inner();
	const outer = await outerOf(scene, inner);
	const seen: string[] = [];
	for (const text of texts)
		seen.push(await scene.ask(text, { ...SHOWN, maySilence: true }, outer));
	return seen;
}

function outerOf(scene: Scene, { port }: Program): Promise<Program> {
	const forward = ["--forwardIP", "127.0.0.1", "--forwardPort", `${port}`];
	return scene.startServing(["--proxyPathPrefix", PREFIX, ...forward]);
}

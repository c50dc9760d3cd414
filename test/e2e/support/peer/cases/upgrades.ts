import { connect } from "../../../../support/client.js";
import type { Case } from "../case.js";
import { BY_PATH, handshake, PREFIX, to } from "../requests.js";
import { ENDS, type Scene } from "../scene.js";

const RAW = '"Proxy target missing", then end';

/** WebSockets and other upgrades. */
export const upgrades: readonly Case[] = [
	{
		number: 43,
		name: "a WebSocket with early bytes",
		run: async (scene) => [await tunnel(scene, handshake("/ws"))],
		peer: ["101 <- GET /ws, then echo of ping"],
	},
	{
		number: 44,
		name: "a WebSocket by path",
		run: async (scene) => [await tunnel(scene, handshake(`${BY_PATH}/ws`))],
		peer: ["101 <- GET /ws, then echo of ping"],
	},
	{
		number: 45,
		name: "a WebSocket that the container refuses with 403 and 200",
		run: (scene) =>
			scene.all(["/forbids", "/plainly"].map((path) => handshake(path))),
		peer: ["403 <- GET /forbids", "200 <- GET /plainly"],
	},
	{
		number: 46,
		name: "a WebSocket to a dead container, with an unknown key, and reset by the container",
		run: (scene) =>
			scene.all([
				handshake(`${PREFIX}/kdown/t1/ws`),
				handshake(`${PREFIX}/kx/t1/ws`),
				handshake("/resets"),
			]),
		peer: [RAW, RAW, `${RAW} <- GET /resets`],
		ours: [
			"502 Proxy target missing",
			"404",
			"502 Proxy target missing <- GET /resets",
		],
	},
	{
		number: 47,
		name: "POST with Upgrade, and Upgrade: h2c",
		run: (scene) =>
			scene.all([
				handshake("/a", "Content-Length: 0").replace("GET", "POST"),
				to("GET /a", "Connection: Upgrade", "Upgrade: h2c"),
			]),
		peer: ["closed", "closed"],
		ours: ["200 <- POST /a", "200 <- GET /a"],
	},
	{
		number: 55,
		name: "a client that ends its side after the request",
		run: async (scene) => {
			const program = await scene.program();
			const options = { halfOpen: true };
			const client = await connect(scene.t, program.port, options);
			client.send(to("GET /a")).end();
			return [await scene.answerTo(client, program)];
		},
		peer: ["closed"],
	},
	{
		number: 56,
		name: "an upgrade whose client resets the connection",
		run: async (scene) => {
			const program = await scene.program();
			const before = scene.container.requests.length;
			const client = await connect(scene.t, program.port);
			client.send(handshake("/silent"));
			await scene.container.request(before);
			client.reset();
			return [await scene.whetherServed(program)];
		},
		peer: [ENDS],
		ours: ["the next client is served"],
	},
];

/** Sends a handshake with early bytes, and waits for what the container says to them. */
async function tunnel(scene: Scene, text: string): Promise<string> {
	const program = await scene.program();
	const before = scene.container.requests.length;
	const client = await connect(scene.t, program.port);
	client.send(`${text}ping`);
	const answer = await scene.answerTo(client, program);
	const { method, target } = await scene.container.request(before);
	await client.until(ECHO);
	client.destroy();
	return `${answer} <- ${method} ${target}, then ${ECHO}`;
}

const ECHO = "echo of ping";

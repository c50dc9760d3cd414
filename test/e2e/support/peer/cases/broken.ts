import { connect } from "../../../../support/client.js";
import { startBackend } from "../../../../support/container.js";
import type { Case } from "../case.js";
import { PREFIX, to } from "../requests.js";
import type { Scene } from "../scene.js";

const DEAD = "502 Proxy target missing";

/** Containers and clients that break off, are silent or send what others do not. */
export const broken: readonly Case[] = [
	{
		number: 48,
		name: "no connection, no address, no HTTP, two lengths, a control character",
		run: (scene) =>
			scene.all([
				to(`GET ${PREFIX}/kdown/t1/`),
				to(`GET ${PREFIX}/kmanual/t1/`),
				...["/not-http", "/two-lengths", "/bad-field"].map((target) =>
					to(`GET ${target}`),
				),
			]),
		peer: [
			...[DEAD, DEAD, `${DEAD} <- GET /not-http`],
			...[`${DEAD} <- GET /two-lengths`, `${DEAD} <- GET /bad-field`],
		],
		ours: [
			...[DEAD, "404", `${DEAD} <- GET /not-http`],
			...[`${DEAD} <- GET /two-lengths`, `${DEAD} <- GET /bad-field`],
		],
	},
	{
		number: 49,
		name: "a silent container, and its client that leaves",
		run: async (scene) => {
			const program = await scene.program();
			const before = scene.container.requests.length;
			const seen = await scene.ask(to("GET /silent"), { maySilence: true });
			const client = await connect(scene.t, program.port);
			client.send(to("GET /silent"));
			await scene.container.request(before + 1);
			client.destroy();
			return [seen, await leftOpen(scene, "/silent")];
		},
		peer: ["no answer <- GET /silent", "2 requests go on"],
		ours: ["no answer <- GET /silent", "0 requests go on"],
	},
	{
		number: 50,
		name: "a body that ends early, by FIN and by RST",
		run: async (scene) => {
			const shown = { body: true, maySilence: true };
			const byFin = await scene.ask(to("GET /cut-by-fin"), shown);
			const program = await scene.program();
			const client = await connect(scene.t, program.port);
			await client.send(to("GET /begins")).until("half");
			scene.container.last()?.reset();
			return [byFin, await scene.answerTo(client, program, shown)];
		},
		peer: [
			'"HTTP/1.1 200 OK", then nothing <- GET /cut-by-fin',
			"200 halfProxy ",
		],
		ours: [
			'"HTTP/1.1 200 OK", then end <- GET /cut-by-fin',
			'"HTTP/1.1 200 OK", then end',
		],
	},
	{
		number: 51,
		name: "a body up to the end of the connection, and a container of HTTP/1.0",
		run: (scene) =>
			scene.all(["/until-eof", "/http10"].map(getting), {
				body: true,
				answers: ["transfer-encoding"],
			}),
		peer: [
			"200 ok, transfer-encoding: chunked <- GET /until-eof",
			"200 ok, transfer-encoding: chunked <- GET /http10",
		],
	},
	{
		number: 52,
		name: "413 during an upload, and Expect: 100-continue",
		run: async (scene) => {
			const refuses = await startBackend(scene.t, async (connection) => {
				await connection.until("\r\n\r\n");
				connection.send(
					"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
				);
			});
			const { host, port } = refuses;
			const row = scene.row("k1", "t1", { host, port });
			const own = await scene.startServing([], scene.write(row));
			const upload = to("POST /", "Content-Length: 100000");
			return [
				await scene.ask(`${upload}begin`, {}, own),
				await scene.ask(
					`${to("POST /a", "Content-Length: 2", "Expect: 100-continue")}ok`,
				),
			];
		},
		peer: ["413", "100, then 200 <- POST /a"],
	},
	{
		number: 53,
		name: "103 and trailers",
		run: (scene) =>
			scene.all(
				["/early-hints", "/trailers"].map((target) =>
					to(`GET ${target}`, "Connection: TE", "TE: trailers"),
				),
			),
		peer: ["200 <- GET /early-hints", "200 <- GET /trailers"],
		ours: [
			"103, then 200 <- GET /early-hints",
			"200, trailer X-Sum: 1 <- GET /trailers",
		],
	},
	{
		number: 54,
		name: "50 event streams whose clients leave",
		run: async (scene) => {
			const { port } = await scene.program();
			for (let n = 0; n < 50; n++) {
				const client = await connect(scene.t, port);
				await client.send(to("GET /events")).until("data: 1");
				client.destroy();
			}
			return [await leftOpen(scene, "/events")];
		},
		peer: ["50 requests go on"],
		ours: ["0 requests go on"],
	},
];

function getting(target: string): string {
	return to(`GET ${target}`);
}

/** How many requests without an end the container still has after the next clients were served. */
async function leftOpen(scene: Scene, target: string): Promise<string> {
	const open = () => scene.container.open(target);
	await scene.later(await scene.program(), () => open() === 0);
	return `${open()} requests go on`;
}

import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import { WebSocket, WebSocketServer } from "ws";

/** How well a well-behaved client was served. */
export interface Service {
	/** Milliseconds of each answer: on earlier connections, and on new ones. */
	readonly known: number[];
	readonly fresh: number[];
	/** New connections that were refused (503). */
	refused: number;
	/** Wrong answers. */
	readonly wrong: string[];
}

/** Its session. */
export const BYSTANDER = "bystander";
/** Milliseconds of thought between two requests on one connection, and between two new ones. */
const THINK_MS = 5;
const CALL_MS = 20;
const BODY = Buffer.alloc(20_000, "body");

const headers = { Cookie: `galaxysession=${BYSTANDER}` };
let service: Service = nothingYet();
let ending = false;

if (parentPort !== null) await main(parentPort);

async function main(parent: NonNullable<typeof parentPort>): Promise<void> {
	let loops: Promise<unknown> = Promise.resolve();
	parent.on("message", async (message: { begin?: number; end?: true }) => {
		const { begin } = message;
		if (begin !== undefined) {
			ending = false;
			loops = Promise.all([
				asks(begin, "/asked"),
				asks(begin, "/upload", { body: BODY }),
				asks(begin, "/called", { fresh: true }),
				talks(begin),
			]);
			return;
		}
		ending = message.end ?? false;
		if (ending) await loops;
		parent.postMessage(service);
		service = nothingYet();
	});
	parent.postMessage(await startContainer());
}

function nothingYet(): Service {
	return { known: [], fresh: [], refused: 0, wrong: [] };
}

/** Answers a body with itself, other requests with their target, and WebSocket messages with themselves. */
async function startContainer(): Promise<number> {
	const server = createServer(async (asked, answer) => {
		const body = await buffer(asked);
		answer.end(body.length > 0 ? body : asked.url);
	});
	new WebSocketServer({ server }).on("connection", (socket) =>
		socket.on("message", (data) => socket.send(data)),
	);
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return (server.address() as AddressInfo).port;
}

/** Repeats a request, on one connection or each on a new one. */
async function asks(
	port: number,
	path: string,
	{ body, fresh = false }: { body?: Buffer; fresh?: boolean } = {},
): Promise<void> {
	let agent = newAgent();
	for (let n = 0; !ending; n++) {
		if (fresh) agent = newAgent();
		const times = fresh ? service.fresh : service.known;
		await timed(times, () => ask(port, agent, `${path}/${n}`, body));
		await pause(fresh ? CALL_MS : THINK_MS);
		if (fresh) agent.destroy();
	}
	agent.destroy();
}

function newAgent(): Agent {
	return new Agent({ keepAlive: true, maxSockets: 1 });
}

async function talks(port: number): Promise<void> {
	const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers });
	socket.on("error", ({ message }) => wrong(`tunnel: ${message}`));
	await once(socket, "open");
	socket.once("close", () => ending || wrong("the tunnel was closed"));
	for (let n = 0; !ending && socket.readyState === WebSocket.OPEN; n++) {
		await timed(service.known, async () => {
			socket.send(`said ${n}`);
			const [data] = await once(socket, "message");
			if (String(data) !== `said ${n}`) wrong(`in the tunnel: ${data}`);
		});
		await pause(THINK_MS);
	}
	socket.close();
}

async function timed(
	times: number[],
	step: () => Promise<void>,
): Promise<void> {
	const from = performance.now();
	await step();
	times.push(performance.now() - from);
}

/** One exchange; a wrong answer is noted. */
async function ask(
	port: number,
	agent: Agent,
	path: string,
	body?: Buffer,
): Promise<void> {
	const options = { port, host: "127.0.0.1", agent, path, headers };
	try {
		const asked = request({ ...options, method: body ? "POST" : "GET" }).end(
			body,
		);
		const [answer] = (await once(asked, "response")) as [IncomingMessage];
		const got = await buffer(answer);
		if (answer.statusCode === 503) service.refused++;
		else if (
			answer.statusCode !== 200 ||
			!got.equals(body ?? Buffer.from(path))
		)
			wrong(`${path}: ${answer.statusCode} ${got.toString().slice(0, 80)}`);
	} catch (error) {
		wrong(`${path}: ${error}`);
	}
}

function wrong(what: string): void {
	service.wrong.push(what);
}

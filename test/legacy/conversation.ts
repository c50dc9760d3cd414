import type { TestContext } from "node:test";
import { connect, type RawRequest, values } from "../support/client.js";
import { type BackendConnection, startBackend } from "../support/container.js";
import { type ClientPart, type Exchange, reply } from "./exchange.js";
import {
	type Observed,
	observedRequest,
	observedResponse,
} from "./observed.js";

/** Runs one exchange through the proxy on `port`. */
export type Converse = (exchange: Exchange, port: number) => Promise<Observed>;

/** A container that follows the script of the current exchange. */
export async function startContainer(
	t: TestContext,
): Promise<{ port: number; converse: Converse }> {
	let current: Exchange | undefined;
	let observed: Observed = { client: [], container: [], notes: [] };

	const backend = await startBackend(t, async (connection) => {
		for (;;) {
			const request = await connection.request();
			observed.container.push(observedRequest(request));
			await answer(
				connection,
				request,
				current?.answer ?? reply("200 OK", "hello"),
			);
		}
	});

	async function converse(exchange: Exchange, port: number): Promise<Observed> {
		current = exchange;
		observed = { client: [], container: [], notes: [] };
		const client = await connect(t, port);
		const part: ClientPart = {
			client,
			response: async (options) => {
				const response = await client.response(options);
				observed.client.push(observedResponse(response));
				return response;
			},
			note: (note) => observed.notes.push(note),
		};
		client.send(exchange.send);
		const readOne = (): Promise<unknown> =>
			part.response({ head: exchange.send.startsWith("HEAD ") });
		await (exchange.play?.(part) ?? readOne());
		client.destroy();
		return observed;
	}
	return { port: backend.port, converse };
}

async function answer(
	connection: BackendConnection,
	request: RawRequest,
	part: NonNullable<Exchange["answer"]>,
): Promise<void> {
	if (typeof part === "function") {
		await part(connection, request);
		return;
	}
	connection.send(part);
	if (
		values(request.headers, "Connection").join().toLowerCase().includes("close")
	)
		connection.end();
}

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { channels, startKernel, type Visit } from "./support/kernel.js";

/** A browser's requests to a container while its monitor counts. */
export interface Scenario {
	name: string;
	/** The browser is closed before the counting begins. */
	closes: boolean;
	/** Ends, with every connection closed, soon after the signal. */
	browse(visit: Visit, signal: AbortSignal): Promise<void>;
}

/** Chromium's connections to one host. */
const CONNECTIONS = 6;
const REQUESTS_OF_A_PAGE = 30;

export const SCENARIOS: Scenario[] = [
	repeated("keep-alive GET every 15 s", 15_000, (agent, visit) =>
		get(agent, visit, "tree"),
	),
	repeated("one XHR every 0.5 s", 500, (agent, visit) =>
		get(agent, visit, "api/contents"),
	),
	repeated("a page every 20 s", 20_000, page),
	{
		name: "nothing, the tab was closed",
		closes: true,
		browse: async (visit, signal) => {
			const socket = channels(visit, await startKernel(visit), randomUUID());
			await once(socket, "open");
			await every(10_000, signal, (agent) => page(agent, visit));
			socket.terminate();
		},
	},
];

function repeated(
	name: string,
	milliseconds: number,
	act: (agent: Agent, visit: Visit) => Promise<void>,
): Scenario {
	const browse: Scenario["browse"] = (visit, signal) =>
		every(milliseconds, signal, (agent) => act(agent, visit));
	return { name, closes: false, browse };
}

/** Acts at once and then at this interval, with one browser's connections, until the signal. */
async function every(
	milliseconds: number,
	signal: AbortSignal,
	act: (agent: Agent) => Promise<void>,
): Promise<void> {
	const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
	while (!signal.aborted) {
		await act(agent);
		await pause(milliseconds, undefined, { signal }).catch((error) => {
			if (error.name !== "AbortError") throw error;
		});
	}
	agent.destroy();
}

/** The requests of a notebook page, as fast as the connections allow. */
async function page(agent: Agent, visit: Visit): Promise<void> {
	const paths = Array.from({ length: REQUESTS_OF_A_PAGE }, (_, n) =>
		n === 0 ? "tree" : "static/base/images/logo.png",
	);
	await Promise.all(paths.map((path) => get(agent, visit, path)));
}

async function get(agent: Agent, visit: Visit, path: string): Promise<void> {
	const sent = request(`${visit.origin}${visit.base}${path}`, {
		agent,
		headers: cookie(visit),
	});
	sent.end();
	const [response] = (await once(sent, "response")) as [IncomingMessage];
	response.resume();
	await once(response, "end");
	assert.equal(response.statusCode, 200, path);
}

function cookie(visit: Visit): Record<string, string> {
	return { Cookie: `galaxysession=${visit.session}` };
}

import type { TestContext } from "node:test";
import {
	ask,
	connect,
	head,
	type RawClient,
	type RawResponse,
	UPGRADE,
	values,
} from "../support/client.js";
import { OK, startAnswering } from "../support/container.js";
import { type Daemon, startDaemon } from "../support/daemon.js";
import { hostOf, startToolMap, type ToolMap } from "../support/tools.js";

/** The token of every tool here. */
export const TOKEN = "t0ken0f4t00l";

export const SWITCHED = head(
	"HTTP/1.1 101 Switching Protocols",
	"Connection: Upgrade",
	"Upgrade: websocket",
);

/** A container that answers "ok", and agrees to upgrades. */
export function startToolContainer(t: TestContext) {
	return startAnswering(t, ({ headers }) =>
		values(headers, "Upgrade").length > 0 ? SWITCHED : OK,
	);
}

/** Starts a daemon for the map of the tools. */
export function startToolsDaemon(
	t: TestContext,
	map: ToolMap,
	...args: string[]
): Promise<Daemon> {
	return startDaemon(t, {
		map: map.path,
		args: ["--mode", "gxit", "--verbose", ...args],
	});
}

/** Asks for a tool by its host name. */
export function askTool(
	t: TestContext,
	daemon: Daemon,
	key: string,
	token = TOKEN,
): Promise<RawResponse> {
	return ask(t, daemon, getOf(key, token));
}

export function getOf(key: string, token = TOKEN): string {
	return head("GET / HTTP/1.1", `Host: ${hostOf(key, token)}`);
}

/** Opens a WebSocket to a tool. */
export async function openTool(
	t: TestContext,
	daemon: Daemon,
	key: string,
	token = TOKEN,
): Promise<RawClient> {
	const client = await connect(t, daemon.port);
	const host = `Host: ${hostOf(key, token)}`;
	client.send(head("GET /ws HTTP/1.1", host, ...UPGRADE));
	const { status } = await client.response();
	if (status !== 101) throw new Error(`upgrade answered ${status}`);
	return client;
}

export { startToolMap };

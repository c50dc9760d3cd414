import type { TestContext } from "node:test";
import {
	askTool,
	openTool,
	startToolContainer,
	TOKEN,
} from "../same-address/tools-shared.js";
import type { RawClient, RawResponse } from "../support/client.js";
import type { Answering } from "../support/container.js";
import { type Group, startGroup } from "../support/group.js";
import { startToolMap, type ToolMap } from "../support/tools.js";

/** Two workers, their map with the row of one tool, and the tool's container. */
export interface ToolsGroup {
	readonly container: Answering;
	readonly map: ToolMap;
	readonly group: Group;
	ask(key: string): Promise<RawResponse>;
	status(key: string): Promise<number>;
	/** Opens a WebSocket. */
	open(key: string): Promise<RawClient>;
}

/** @param key of the tool */
export async function startToolsGroup(
	t: TestContext,
	key: string,
	file?: string,
): Promise<ToolsGroup> {
	const container = await startToolContainer(t);
	const map = startToolMap(t, file);
	await map.put(key, TOKEN, container.host, container.port);
	const args = ["--mode", "gxit"];
	const group = await startGroup(t, { map: map.path, args });
	const ask = (asked: string) => askTool(t, group.daemon, asked);
	return {
		...{ container, map, group, ask },
		status: async (asked) => (await ask(asked)).status,
		open: (opened) => openTool(t, group.daemon, opened),
	};
}

import type { TestContext } from "node:test";
import { type Answering, startAnswering } from "../support/container.js";
import {
	type Daemon,
	type DaemonOptions,
	startDaemon,
} from "../support/daemon.js";
import { type GalaxyMap, startGalaxyMap } from "../support/session-map.js";

/** A daemon whose session abc has a container, and the Galaxy that can give its address to another session. */
export interface Shared {
	readonly daemon: Daemon;
	readonly galaxy: GalaxyMap;
	readonly container: Answering;
	/** Another session's container gets the address. */
	take(): Promise<void>;
}

/** @param answer as of startAnswering */
export async function startShared(
	t: TestContext,
	options: DaemonOptions = {},
	answer?: Parameters<typeof startAnswering>[1],
): Promise<Shared> {
	const container = await startAnswering(t, answer);
	const { host, port } = container;
	const sessions = { abc: { host, port, ids: ["first"] } };
	const daemon = await startDaemon(t, { sessions, ...options });
	const galaxy = startGalaxyMap(t, daemon.map);
	const take = () => galaxy.put("other", host, port, ["second"]);
	return { daemon, galaxy, container, take };
}

import type { Config } from "../../config/config.js";
import { type Listing, listRows } from "../../session-map/map-list.js";
import { type Daemon, findDaemon } from "./daemon.js";
import { socketOf } from "./listener.js";

/** What doctor was told, and what several checks look at, read once. */
export interface Scene {
	readonly config: Config;
	/** PATH and the like, as the proxy would find them. */
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Aborted when the time is up. */
	readonly signal: AbortSignal;
	/** @throws Unreadable */
	rows(): Promise<Listing>;
	/** Who holds the port, as far as this account sees; null: nobody that it sees. */
	daemon(): Promise<Daemon | null>;
}

/** Rows that are looked at, the newest: far more than environments run at a time. */
const ROWS = 1000;

export function sceneOf(
	config: Config,
	env: Scene["env"],
	signal: AbortSignal,
): Scene {
	return {
		config,
		env,
		signal,
		rows: once(() =>
			listRows(config.sessions, ROWS, config.sameAddress === "newest"),
		),
		daemon: once(() => findDaemon(socketOf(config) ?? config.port)),
	};
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
	let result: Promise<T> | undefined;
	return () => {
		result ??= read();
		return result;
	};
}

import { connect } from "node:net";
import type { Config, Surroundings } from "../../config/config.js";
import { listRows } from "../../session-map/map-list.js";
import {
	localAddress,
	localAuthority,
	socketPathOf,
} from "../proxy-address.js";
import { findDaemon } from "./daemon-process.js";
import { HttpClient } from "./http-client.js";

/** This host, the subject of the checks that need no front proxy. */
export type Host = ReturnType<typeof hostOf>;

/** Newest rows that are looked at: far more than environments run at a time. */
const ROWS = 1000;

/** @param signal aborted at the end of the time for all checks */
export function hostOf(
	config: Config,
	env: Surroundings["env"],
	signal: AbortSignal,
) {
	const { sessions, port, sameAddress } = config;
	const socketPath = socketPathOf(config);
	const server = socketPath
		? { origin: "http://localhost", socketPath }
		: { origin: `http://${localAuthority(config)}` };
	return {
		config,
		env,
		signal,
		/** Asks the proxy itself. */
		client: new HttpClient(server, signal),
		/** The map's newest rows, read once. @throws Unreadable */
		rows: once(() => listRows(sessions, ROWS, sameAddress === "newest")),
		/** The process that holds the proxy's port, looked for once; undefined if this account sees none. */
		daemon: once(() => findDaemon(socketPath ?? port)),
	};
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
	let result: Promise<T> | undefined;
	return () => {
		result ??= read();
		return result;
	};
}

const CONNECT_MS = 3000;

/** Why the proxy accepts no connection; undefined if it does. */
export function connectFailure(config: Config): Promise<string | undefined> {
	const path = socketPathOf(config);
	const address = { host: localAddress(config), port: config.port };
	return new Promise((resolve) => {
		const socket = connect(path === undefined ? address : { path });
		const settle = (failure?: string): void => {
			socket.destroy();
			resolve(failure);
		};
		socket.setTimeout(CONNECT_MS, () => settle("no answer"));
		socket.once("connect", () => settle());
		socket.once("error", ({ message }) => settle(message));
	});
}

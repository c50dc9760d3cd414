import { connect } from "node:net";
import type { Config } from "../../config/config.js";
import { type Listing, listRows } from "../../session-map/map-list.js";
import {
	localAddress,
	localAuthority,
	socketPathOf,
} from "../proxy-address.js";
import { type DaemonProcess, findDaemon } from "./daemon-process.js";
import { HttpClient } from "./http-client.js";

/** This host, the subject of the checks that need no front proxy. */
export interface Host {
	readonly config: Config;
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Aborted at the end of the time for all checks. */
	readonly signal: AbortSignal;
	/** The map's newest rows, read once. @throws Unreadable */
	readonly rows: () => Promise<Listing>;
	/** The process that holds the proxy's port, looked for once; undefined if this account sees none. */
	readonly daemon: () => Promise<DaemonProcess | undefined>;
	/** Asks the proxy itself. */
	readonly client: HttpClient;
}

/** Newest rows that are looked at: far more than environments run at a time. */
const ROWS = 1000;

export function hostOf(
	config: Config,
	env: Host["env"],
	signal: AbortSignal,
): Host {
	const { sessions, port, sameAddress } = config;
	const rows = () => listRows(sessions, ROWS, sameAddress === "newest");
	const daemon = () => findDaemon(socketPathOf(config) ?? port);
	const client = clientOf(config, signal);
	return {
		config,
		env,
		signal,
		client,
		rows: once(rows),
		daemon: once(daemon),
	};
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
	let result: Promise<T> | undefined;
	return () => {
		result ??= read();
		return result;
	};
}

function clientOf(config: Config, signal: AbortSignal): HttpClient {
	const socketPath = socketPathOf(config);
	const server = socketPath
		? { origin: "http://localhost", socketPath }
		: { origin: `http://${localAuthority(config)}` };
	return new HttpClient(server, signal);
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

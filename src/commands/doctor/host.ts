import { once } from "node:events";
import { connect } from "node:net";
import type { Config, MapConfig, Surroundings } from "../../config/config.js";
import { type Listing, listRows } from "../../session-map/map-list.js";
import type { TableSummary } from "../../session-map/postgres/database-list.js";
import {
	localAddress,
	localAuthority,
	socketPathOf,
} from "../proxy-address.js";
import { withDatabase } from "../routes/map-entries.js";
import { messageOf } from "./check.js";
import { findDaemon } from "./daemon-process.js";
import { HttpClient } from "./http-client.js";

/** This host, the subject of the checks that need no front proxy. */
export type Host = ReturnType<typeof hostOf>;

/** The rows of a map in PostgreSQL. */
export type DatabaseListing = Listing & TableSummary;

/** Milliseconds for a statement that reads rows of a database. */
const STATEMENT_MS = 5_000;
/** The number of newest rows that are looked at: far more than environments run at a time. */
const ROWS = 1000;

/** @param signal aborted at the end of the time for all checks */
export function hostOf(
	config: MapConfig,
	env: Surroundings["env"],
	signal: AbortSignal,
) {
	const { sessions, port, sameAddress } = config;
	const mode = config.mode === "gxit" ? "gxit" : "gie";
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
		rows: readOnce(
			(): Promise<Listing | DatabaseListing> =>
				config.database === undefined
					? listRows(sessions, ROWS, sameAddress === "newest", mode)
					: databaseRows(config),
		),
		/** The process that holds the proxy's port, looked for once; undefined if this account sees none. */
		daemon: readOnce(() => findDaemon(socketPath ?? port)),
	};
}

async function databaseRows({
	database,
	sameAddress,
	mapAllowStandby: allowStandby,
}: Pick<
	MapConfig,
	"database" | "sameAddress" | "mapAllowStandby"
>): Promise<DatabaseListing> {
	if (database === undefined) throw new TypeError("the map is a file");
	const { listDatabase } = await import(
		"../../session-map/postgres/database-list.js"
	);
	const listing = await withDatabase(
		database,
		(client) => listDatabase(client, ROWS, sameAddress === "newest"),
		{ allowStandby, statementMs: STATEMENT_MS },
	);
	return { form: "gxitproxy", isWal: false, ...listing };
}

function readOnce<T>(read: () => Promise<T>): () => Promise<T> {
	let result: Promise<T> | undefined;
	return () => {
		result ??= read();
		return result;
	};
}

const CONNECT_MS = 3000;

/** Why the proxy accepts no connection; undefined if it does. */
export async function connectFailure(config: Config) {
	const path = socketPathOf(config);
	const address = { host: localAddress(config.ip), port: config.port };
	const socket = connect(path === undefined ? address : { path });
	const late = new Error("no answer");
	socket.setTimeout(CONNECT_MS, () => socket.destroy(late));
	const connected = once(socket, "connect").then(() => undefined, messageOf);
	return connected.finally(() => socket.destroy());
}

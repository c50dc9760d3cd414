import { Socket } from "node:net";
import { dirname } from "node:path";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { Client, type ClientConfig } from "pg";
import type { Attempt, Database } from "../../database.js";
import { Unreadable } from "../unreadable.js";
import { codeOfDatabase, unreadableDatabase } from "./unreadable-database.js";

/** Milliseconds after which the server ends a statement: before this side gives the connection up, so that no backend stays behind. */
export const STATEMENT_MS = 800;
const QUERY_MS = 1_000;
/** Milliseconds that a connection may take to end before it is cut. */
const END_MS = 500;

export interface ConnectOptions {
	/** Whether a standby server may be read, which may lag behind. */
	readonly allowStandby?: boolean;
	/** Milliseconds for a statement; by default STATEMENT_MS, the limit for requests. */
	readonly statementMs?: number;
}

/** A row, its columns in the order of the statement. */
export type Columns = readonly (string | number | boolean | null)[];

/** A server's first answer about itself. */
export interface Greeting {
	readonly isStandby: boolean;
	readonly isReadOnly: boolean;
	readonly pid: number;
	/** When the server's process for this connection began, in the server's spelling. */
	readonly began: string;
}

const GREETING =
	"SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on', pg_backend_pid()," +
	" (SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid())";

export interface Connected {
	readonly client: Client;
	readonly greeting: Greeting;
	/** A pooler such as pgbouncer has refused a limit for statements at the start of the connection, or ignored it. */
	readonly isLimitRefused: boolean;
}

/** One connection, for a command; the caller ends it. @throws Unreadable with the remedy */
export async function connectOnce(
	database: Database,
	options: ConnectOptions = {},
): Promise<Client> {
	return (await connect(database, options)).client;
}

/**
 * Tries the attempts as libpq does (postgresql.org/docs/current/libpq-connect.html, 34.1.1.3).
 * @throws Unreadable
 */
export async function connect(
	database: Database,
	options: ConnectOptions,
): Promise<Connected> {
	const attempts = await database.attempts().catch((error: Error) => {
		throw new Unreadable(error.message, true, error);
	});
	const { target } = database;
	const passes = target === "prefer-standby" ? ["standby", "any"] : [target];
	let failure: unknown;
	for (const wanted of passes) {
		let settled: number | undefined;
		for (const [index, attempt] of attempts.entries()) {
			if (attempt.host === settled) continue;
			try {
				return await tryOnce(attempt, wanted, options);
			} catch (error) {
				failure = error;
				// The other kind of connection, with or without TLS, would change nothing.
				if (error instanceof Unsuitable || isTimeout(error))
					settled = attempt.host;
				const isLastOfHost = attempts[index + 1]?.host !== attempt.host;
				if (isLastOfHost && isFinal(error)) break;
			}
		}
	}
	throw unreadableDatabase(database, failure);
}

/** A server that answers but may not be used. */
class Unsuitable extends Error {}

/** Whether the server has not answered for the whole connect_timeout. */
function isTimeout(error: unknown): boolean {
	return error instanceof Error && error.message === "timeout expired";
}

/** Whether no other host is tried, because this one has refused the user, the password or the database. */
function isFinal(error: unknown): boolean {
	return /^(28|3D|42)/.test(codeOfDatabase(error));
}

async function tryOnce(
	attempt: Attempt,
	wanted: string,
	options: ConnectOptions,
): Promise<Connected> {
	const { client, isLimitRefused } = await open(attempt, options);
	try {
		const greeting = await greetingOf(client);
		const problem = unsuitable(greeting, wanted, options);
		if (problem === undefined)
			return {
				client,
				greeting,
				isLimitRefused: isLimitRefused || isOfPooler(client, greeting.pid),
			};
		throw new Unsuitable(`${attempt.server} ${problem}`);
	} catch (error) {
		void end(client);
		throw error;
	}
}

/** A pooler numbers its clients itself. A notification to oneself does not reveal a pooler that ignores limits: it arrives. */
export function isOfPooler(client: Client, pid: number): boolean {
	const { processID } = client as unknown as { readonly processID: unknown };
	return processID !== pid;
}

function unsuitable(
	{ isStandby, isReadOnly }: Greeting,
	wanted: string,
	{ allowStandby = false }: ConnectOptions,
): string | undefined {
	if (isStandby && !allowStandby)
		return "is a standby, which may lag behind: name the primary server, or allow it with --map-allow-standby";
	const isWrong =
		(wanted === "read-write" && isReadOnly) ||
		(wanted === "read-only" && !isReadOnly) ||
		(wanted === "primary" && isStandby) ||
		(wanted === "standby" && !isStandby);
	return isWrong
		? `is not ${wanted}, as target_session_attrs demands`
		: undefined;
}

async function greetingOf(client: Client): Promise<Greeting> {
	const { rows } = await client.query({ text: GREETING, rowMode: "array" });
	const [isStandby, isReadOnly, pid, began] = rows[0] as Columns;
	return {
		isStandby: isStandby === true,
		isReadOnly: isReadOnly === true,
		pid: Number(pid),
		began: String(began),
	};
}

/** A pooler's answer "unsupported startup parameter". */
const REFUSED_PARAMETER = "08P01";

async function open(
	{ options, restrict }: Attempt,
	{ statementMs = STATEMENT_MS }: ConnectOptions,
): Promise<Pick<Connected, "client" | "isLimitRefused">> {
	const base: ClientConfig = {
		...options,
		pipeline: true,
		// pg itself would first look for other runtimes, which loads a large part of Node.
		stream: () => new Socket(),
		query_timeout: statementMs + QUERY_MS - STATEMENT_MS,
	};
	const limited = { ...base, statement_timeout: statementMs };
	try {
		const client = await opened(limited, restrict);
		return { client, isLimitRefused: false };
	} catch (error) {
		if (codeOfDatabase(error) !== REFUSED_PARAMETER) throw error;
		return { client: await opened(base, restrict), isLimitRefused: true };
	}
}

async function opened(
	options: ClientConfig,
	restrict: Attempt["restrict"],
): Promise<Client> {
	const client = new Client(options);
	restrict?.(client);
	// Without a listener, the loss of an idle connection would end the process.
	client.on("error", ignore);
	const connecting = client.connect();
	guard(client);
	try {
		await connecting;
	} catch (error) {
		void end(client);
		throw error;
	}
	return client;
}

/** pg's Connection, which its types do not declare. */
interface Wire {
	readonly stream: Duplex;
	once(event: "sslconnect", listener: () => void): void;
}

/**
 * Whatever a server sends that is not its protocol makes pg throw from within the socket's event, where nobody could catch it.
 * Such an error ends the connection.
 */
function guard(client: Client): void {
	const wire = (client as unknown as { readonly connection: Wire }).connection;
	guardStream(wire.stream);
	wire.once("sslconnect", () => guardStream(wire.stream));
}

function guardStream(stream: Duplex): void {
	for (const listener of stream.listeners("data")) {
		stream.off("data", listener as () => void);
		stream.on("data", function take(this: Duplex, chunk: unknown) {
			try {
				listener.call(this, chunk);
			} catch (error) {
				this.destroy(error as Error);
			}
		});
	}
}

/** pg's reader of messages. */
interface BufferReader {
	offset: number;
	readonly buffer: Buffer;
	string(length: number): string;
}

/** pg reads beyond the last byte, without end if an error's message has no end. With this its reader throws instead. */
function boundReads(): void {
	const from = { paths: [dirname(require.resolve("pg"))] };
	const path = require.resolve("pg-protocol/dist/buffer-reader", from);
	const { prototype } = (
		require(path) as { BufferReader: { prototype: BufferReader } }
	).BufferReader;
	const { string } = prototype;
	prototype.string = function bounded(length) {
		if (this.offset + length > this.buffer.length)
			throw new RangeError("a message of the server has no end");
		return string.call(this, length);
	};
}

boundReads();

export function ignore(): void {}

/** Ends a connection, even if the server does not respond. */
export async function end(client: Client): Promise<void> {
	const { stream } = (client as unknown as { readonly connection: Wire })
		.connection;
	await Promise.race([
		client.end().catch(ignore),
		pause(END_MS, undefined, { ref: false }),
	]);
	stream.destroy();
}

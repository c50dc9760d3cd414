import { randomBytes } from "node:crypto";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { Client, type ClientConfig } from "pg";
import type { Attempt, Database } from "../../database.js";
import { Unreadable } from "../unreadable.js";
import {
	codeOfDatabase,
	isConnectionLost,
	unreadableDatabase,
} from "./unreadable-database.js";

/** The channel on which triggers on the table notify, as gx-it-proxy's do. */
export const CHANNEL = "gxitproxy";

/** Milliseconds: the server ends a statement before this side gives its connection up, so that no backend is left waiting. */
const STATEMENT_MS = 800;
const QUERY_MS = 1_000;
const CONNECT_MS = 1_000;
/** Milliseconds before the connection is made again: the first pause, and the longest. Each is shortened at random by half. */
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 2_000;
/** Milliseconds that a read waits for a connection that is being made, before it fails and is tried again. */
const PATIENCE_MS = 100;
/** Milliseconds until a connection that does not end by itself is cut. */
const END_MS = 500;
/** Seconds without a sign of life from the server's machine before the system asks for one. */
const KEEP_ALIVE_MS = 10_000;

export interface ConnectOptions {
	/** Whether a standby server may be read, which may lag behind. */
	readonly allowStandby?: boolean;
	/** Milliseconds for a statement; of a daemon's requests by default. */
	readonly statementMs?: number;
}

/** A statement; named ones are prepared once per connection. */
export interface Statement {
	readonly name: string;
	readonly text: string;
}

/** A row, its columns in the order of the statement. */
export type Columns = readonly (string | number | boolean | null)[];

/** The facts about a server that its first answer gives. */
interface Greeting {
	readonly isStandby: boolean;
	readonly isReadOnly: boolean;
	readonly pid: number;
	/** When the server's process for this connection began, in the server's spelling. */
	readonly began: string;
}

const GREETING =
	"SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on', pg_backend_pid()," +
	" (SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid())";

interface Connected {
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
async function connect(
	database: Database,
	options: ConnectOptions,
): Promise<Connected> {
	const attempts = await database.attempts().catch((error: Error) => {
		throw new Unreadable(error.message, true, error);
	});
	const { target } = database;
	const passes = target === "prefer-standby" ? ["standby", "any"] : [target];
	let failure: unknown;
	for (const wanted of passes)
		for (const [index, attempt] of attempts.entries()) {
			// The host has answered, so it is not tried without TLS, nor with it.
			if (attempt.host === answered(failure)) continue;
			try {
				return await tryOnce(attempt, wanted, options);
			} catch (error) {
				failure = error;
				const isLastOfHost = attempts[index + 1]?.host !== attempt.host;
				if (isLastOfHost && isFinal(error)) break;
			}
		}
	throw unreadableDatabase(database, failure);
}

/** A server that can be reached, and may not be used. */
class Unsuitable extends Error {
	readonly host: number;

	constructor(host: number, message: string) {
		super(message);
		this.host = host;
	}
}

function answered(failure: unknown): number | undefined {
	return failure instanceof Unsuitable ? failure.host : undefined;
}

/** Whether other hosts would not be asked either: this one has refused the user, the password or the database. */
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
				isLimitRefused: isLimitRefused || isOfPooler(client, greeting),
			};
		throw new Unsuitable(attempt.host, `${attempt.server} ${problem}`);
	} catch (error) {
		void end(client);
		throw error;
	}
}

/** A pooler gives its clients numbers of its own. One that ignores a limit passes on a notification to oneself, too. */
function isOfPooler(client: Client, { pid }: Greeting): boolean {
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

/** "unsupported startup parameter", which a pooler answers. */
const REFUSED_PARAMETER = "08P01";

async function open(
	{ options }: Attempt,
	{ statementMs = STATEMENT_MS }: ConnectOptions,
): Promise<Pick<Connected, "client" | "isLimitRefused">> {
	const base: ClientConfig = {
		connectionTimeoutMillis: CONNECT_MS,
		keepAlive: true,
		keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
		...options,
		pipeline: true,
		// pg's own way looks for other runtimes, which loads a large part of Node.
		stream: () => new Socket(),
		query_timeout: statementMs + QUERY_MS - STATEMENT_MS,
	};
	try {
		const client = await opened({ ...base, statement_timeout: statementMs });
		return { client, isLimitRefused: false };
	} catch (error) {
		if (codeOfDatabase(error) !== REFUSED_PARAMETER) throw error;
		return { client: await opened(base), isLimitRefused: true };
	}
}

async function opened(options: ClientConfig): Promise<Client> {
	const client = new Client(options);
	// Without a listener, the end of a connection that nobody uses would end the process.
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

/** pg's Connection, of which its types tell nothing. */
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

function ignore(): void {}

/** Ends a connection, the one of a silent server too. */
export async function end(client: Client): Promise<void> {
	const { stream } = (client as unknown as { readonly connection: Wire })
		.connection;
	await Promise.race([
		client.end().catch(ignore),
		pause(END_MS, undefined, { ref: false }),
	]);
	stream.destroy();
}

// ---- a connection that is kept

/** An open connection of a daemon. */
export class Session {
	readonly isStandby: boolean;
	/** Whether a notification to itself has arrived on the channel. */
	isListening = false;
	readonly pid: number;
	readonly began: string;
	readonly #client: Client;
	readonly #database: Database;
	readonly #onLost: (session: Session, cause: unknown) => void;
	/** Whether the limit for statements must be set in each transaction. */
	readonly #isLimitRefused: boolean;
	/** Whether prepared statements stay with the connection. */
	#isPreparing: boolean;

	constructor(
		{ client, greeting, isLimitRefused }: Connected,
		database: Database,
		onLost: (session: Session, cause: unknown) => void,
	) {
		this.#client = client;
		this.#database = database;
		this.#onLost = onLost;
		this.#isLimitRefused = isLimitRefused;
		this.#isPreparing = !isLimitRefused;
		this.isStandby = greeting.isStandby;
		this.pid = greeting.pid;
		this.began = greeting.began;
		client.on("error", (error) => this.#lose(error));
		client.on("end", () => this.#lose(undefined));
	}

	/** Behind a pooler such as pgbouncer, in any of its modes. */
	get isPooled(): boolean {
		return this.#isLimitRefused || (!this.isListening && !this.isStandby);
	}

	/** @throws Unreadable; if the connection is of no use any more, it is given up */
	async query(
		{ name, text }: Statement,
		values: readonly unknown[] = [],
	): Promise<readonly Columns[]> {
		try {
			if (this.#isPreparing)
				try {
					return await this.#send({ name, text }, values);
				} catch (error) {
					if (!isOfPooledStatement(error)) throw error;
					this.#isPreparing = false;
				}
			return await (this.#isLimitRefused
				? this.#sendLimited(text, values)
				: this.#send({ text }, values));
		} catch (error) {
			// 0A000: the table was made anew with other types, so prepared statements fail for ever.
			if (codeOfDatabase(error) === "0A000" || isConnectionLost(error))
				this.#lose(error);
			throw unreadableDatabase(this.#database, error);
		}
	}

	async #send(
		statement: { name?: string; text: string },
		values: readonly unknown[],
	): Promise<readonly Columns[]> {
		const { rows } = await this.#client.query({
			...statement,
			values: [...values],
			rowMode: "array",
		});
		return rows as Columns[];
	}

	/** Sent together, so that it takes no longer than one statement. */
	async #sendLimited(text: string, values: readonly unknown[]) {
		const begun = this.#send(
			{
				text: `BEGIN READ ONLY; SET LOCAL statement_timeout = ${STATEMENT_MS}`,
			},
			[],
		);
		const sent = this.#send({ text }, values);
		const committed = this.#send({ text: "COMMIT" }, []);
		const [first, answer, last] = await Promise.allSettled([
			begun,
			sent,
			committed,
		]);
		for (const result of [first, answer, last])
			if (result.status === "rejected") throw result.reason;
		return (answer as PromiseFulfilledResult<readonly Columns[]>).value;
	}

	/** Listens for notifications, and proves that they arrive by one to itself. */
	async listen(onNotification: () => void): Promise<void> {
		if (this.isStandby || this.#isLimitRefused) return;
		const own = `galaxy-proxy ${randomBytes(9).toString("base64url")}`;
		this.#client.on("notification", ({ channel, payload = "" }) => {
			if (channel !== CHANNEL) return;
			if (payload === own) this.isListening = true;
			else if (!payload.startsWith("galaxy-proxy ")) onNotification();
		});
		try {
			await this.#client.query(`LISTEN ${CHANNEL}`);
			await this.#client.query({
				text: "SELECT pg_notify($1, $2)",
				values: [CHANNEL, own],
			});
			// The server sends it before the end of the answer.
			this.#isPreparing = this.isListening;
		} catch (error) {
			this.#isPreparing = false;
			if (isConnectionLost(error)) throw error;
		}
	}

	/** Ends what a former connection has left on the server, which may not have noticed that this side gave it up. */
	async endFormer({ pid, began }: Session): Promise<void> {
		if (this.isPooled) return;
		await this.#client.query({
			text:
				"SELECT pg_terminate_backend(pid) FROM pg_stat_activity" +
				" WHERE pid = $1 AND backend_start::text = $2 AND usename = current_user",
			values: [pid, began],
		});
	}

	#lose(cause: unknown): void {
		this.#onLost(this, cause);
	}

	end(): Promise<void> {
		return end(this.#client);
	}
}

function isOfPooledStatement(error: unknown): boolean {
	const code = codeOfDatabase(error);
	return code === "42P05" || code === "26000";
}

/** One more connection of a daemon, which does not listen; the caller ends it. @throws Unreadable */
export async function openSession(
	database: Database,
	options: ConnectOptions,
): Promise<Session> {
	return new Session(await connect(database, options), database, ignore);
}

export interface ConnectionListeners {
	/** A connection is open; also after an outage. */
	readonly onOpen: () => void;
	readonly onLost: () => void;
	/** The table has changed. */
	readonly onNotification: () => void;
}

type State =
	| { readonly kind: "connecting"; readonly failure: Unreadable | undefined }
	| { readonly kind: "open"; readonly session: Session }
	| { readonly kind: "closed" };

/** Keeps one connection to the database, and makes it again for as long as it takes. */
export class Connection {
	readonly #database: Database;
	readonly #options: ConnectOptions;
	readonly #listeners: ConnectionListeners;
	#state: State = { kind: "connecting", failure: undefined };
	#waiters: (() => void)[] = [];
	/** The last session, until its successor has seen to its end on the server. */
	#former: Session | undefined;
	readonly #closing = new AbortController();

	constructor(
		database: Database,
		options: ConnectOptions,
		listeners: ConnectionListeners,
	) {
		this.#database = database;
		this.#options = options;
		this.#listeners = listeners;
		void this.#connect();
	}

	/** Why there is no connection now; undefined before the first attempt has failed. */
	get failure(): Unreadable | undefined {
		return this.#state.kind === "connecting" ? this.#state.failure : undefined;
	}

	/** The open session, undefined without one. */
	get current(): Session | undefined {
		return this.#state.kind === "open" ? this.#state.session : undefined;
	}

	/** Waits a moment for a connection. @throws Unreadable */
	async session(): Promise<Session> {
		if (this.current === undefined)
			await Promise.race([
				new Promise<void>((resolve) => this.#waiters.push(resolve)),
				pause(PATIENCE_MS),
			]);
		const { current } = this;
		if (current !== undefined) return current;
		throw (
			this.failure ??
			new Unreadable(`${this.#database.shown} is being connected to.`, true)
		);
	}

	async #connect(): Promise<void> {
		for (let tries = 0; this.#state.kind !== "closed"; tries++) {
			try {
				const connected = await connect(this.#database, this.#options);
				await this.#use(connected);
				return;
			} catch (error) {
				if (this.#state.kind !== "connecting") return;
				const failure = unreadableDatabase(this.#database, error);
				this.#state = { kind: "connecting", failure };
				this.#wake();
			}
			const longest = Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS);
			const { signal } = this.#closing;
			await pause(longest * (0.5 + Math.random() / 2), undefined, {
				signal,
				ref: false,
			}).catch(ignore);
		}
	}

	async #use(connected: Connected): Promise<void> {
		const session = new Session(connected, this.#database, (lost, cause) =>
			this.#lost(lost, cause),
		);
		const { onNotification, onOpen } = this.#listeners;
		try {
			await session.listen(onNotification);
			if (this.#former !== undefined)
				await session.endFormer(this.#former).catch(ignore);
			this.#former = undefined;
		} catch (error) {
			void session.end();
			throw error;
		}
		if (this.#state.kind === "closed") {
			void session.end();
			return;
		}
		this.#state = { kind: "open", session };
		this.#wake();
		onOpen();
	}

	#lost(session: Session, cause: unknown): void {
		if (this.current !== session) return;
		this.#former = session;
		const failure = unreadableDatabase(
			this.#database,
			cause ?? new Error("the server has closed the connection"),
		);
		this.#state = { kind: "connecting", failure };
		void session.end();
		this.#listeners.onLost();
		void this.#reconnect();
	}

	async #reconnect(): Promise<void> {
		const milliseconds = (FIRST_PAUSE_MS / 2) * (0.5 + Math.random() / 2);
		const { signal } = this.#closing;
		await pause(milliseconds, undefined, { signal, ref: false }).catch(ignore);
		await this.#connect();
	}

	#wake(): void {
		const waiters = this.#waiters;
		this.#waiters = [];
		for (const wake of waiters) wake();
	}

	async close(): Promise<void> {
		const { current } = this;
		this.#state = { kind: "closed" };
		this.#closing.abort();
		this.#wake();
		await current?.end();
	}
}

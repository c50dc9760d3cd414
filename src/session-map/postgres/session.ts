import { randomBytes } from "node:crypto";
import type { Client } from "pg";
import type { Database } from "../../database.js";
import type { Unreadable } from "../unreadable.js";
import {
	type Columns,
	type Connected,
	type ConnectOptions,
	connect,
	end,
	ignore,
	STATEMENT_MS,
} from "./connect.js";
import { askForValue, type Statement } from "./prepared-statement.js";
import {
	codeOfDatabase,
	isConnectionLost,
	unreadableDatabase,
} from "./unreadable-database.js";

/** The channel on which triggers on the table notify, as gx-it-proxy's do. */
export const CHANNEL = "gxitproxy";

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
	/** Whether each transaction must set the limit for statements itself. */
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

	/** @throws Unreadable; a connection that cannot be used again is given up first */
	query(
		{ name, text }: Statement,
		values: readonly unknown[] = [],
	): Promise<readonly Columns[]> {
		return this.#run(
			() => this.#send({ name, text }, values),
			() => this.#sendUnprepared(text, values),
		);
	}

	/** Runs a statement that has one parameter, in ASCII, and returns one value of type text. @throws Unreadable, as above */
	value(statement: Statement, parameter: string): Promise<string | null> {
		return this.#run(
			() => askForValue(this.#client, statement, parameter),
			async () => {
				const [row] = await this.#sendUnprepared(statement.text, [parameter]);
				return (row?.[0] ?? null) as string | null;
			},
		);
	}

	async #run<T>(
		prepared: () => Promise<T>,
		unprepared: () => Promise<T>,
	): Promise<T> {
		try {
			if (this.#isPreparing)
				try {
					return await prepared();
				} catch (error) {
					if (!isOfPooledStatement(error)) throw error;
					this.#isPreparing = false;
				}
			return await unprepared();
		} catch (error) {
			// 0A000: the table was recreated with other types, so prepared statements fail on this connection from now on.
			if (codeOfDatabase(error) === "0A000" || isConnectionLost(error))
				this.#lose(error);
			throw unreadableDatabase(this.#database, error);
		}
	}

	#sendUnprepared(text: string, values: readonly unknown[]) {
		return this.#isLimitRefused
			? this.#sendLimited(text, values)
			: this.#send({ text }, values);
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

	/** The statements are sent together, so they take no longer than one. */
	async #sendLimited(text: string, values: readonly unknown[]) {
		const begun = this.#send(
			{
				text: `BEGIN READ ONLY; SET LOCAL statement_timeout = ${STATEMENT_MS}`,
			},
			[],
		);
		const sent = this.#send({ text }, values);
		const committed = this.#send({ text: "COMMIT" }, []);
		const [, answer] = await Promise.all([begun, sent, committed]);
		return answer;
	}

	/**
	 * A pooler in statement mode refuses transactions and closes the connection. Tried here, because later the connection would be
	 * closed during a write and the reason would be lost.
	 */
	async proveTransactions(): Promise<void> {
		if (!this.#isLimitRefused) return;
		await this.#client.query("BEGIN READ ONLY");
		await this.#client.query("COMMIT");
	}

	/** Listens for notifications, and checks with one to itself that they arrive. */
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
			// The server sends the notification before the end of this answer.
			this.#isPreparing = this.isListening;
			if (this.isListening) await this.#planOnce();
		} catch (error) {
			this.#isPreparing = false;
			if (isConnectionLost(error)) throw error;
		}
	}

	/** Planning the query for one session takes the server twice as long as running it, so the plan is made once. */
	async #planOnce(): Promise<void> {
		try {
			await this.#client.query("SET plan_cache_mode = force_generic_plan");
		} catch (error) {
			// Servers before PostgreSQL 12 do not know it.
			if (codeOfDatabase(error) !== "42704") throw error;
		}
	}

	/** Ends the server's process for a former connection: it may not have noticed that this side gave the connection up. */
	async endFormer({ pid, began }: Session): Promise<void> {
		if (this.isPooled) return;
		await this.#client.query({
			text:
				"SELECT pg_terminate_backend(pid) FROM pg_stat_activity" +
				" WHERE pid = $1 AND backend_start::text = $2 AND usename = current_user",
			values: [pid, began],
		});
	}

	/** Gives the connection up. @returns the reason, to be thrown */
	giveUp(cause: Error): Unreadable {
		this.#lose(cause);
		return unreadableDatabase(this.#database, cause);
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
	let session: Session | undefined;
	try {
		const connected = await connect(database, options);
		session = new Session(connected, database, ignore);
		await session.proveTransactions();
		return session;
	} catch (error) {
		void session?.end();
		throw unreadableDatabase(database, error);
	}
}

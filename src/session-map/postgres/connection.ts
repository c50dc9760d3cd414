import { setTimeout as pause } from "node:timers/promises";
import type { Database } from "../../database.js";
import { NotAnswered, type Unreadable } from "../unreadable.js";
import {
	type Connected,
	type ConnectOptions,
	connect,
	ignore,
} from "./connect.js";
import { Session } from "./session.js";
import { unreadableDatabase } from "./unreadable-database.js";

/** Milliseconds before the next attempt to connect: the first pause and the longest. Each is shortened at random, by up to half. */
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 2_000;
/** Milliseconds that a read waits for a connection before it fails; it is then tried again. */
const PATIENCE_MS = 100;
export interface ConnectionListeners {
	/** A connection is open, at the start or after an outage. */
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
	/** The last session, until its successor has ended it on the server. */
	#former: Session | undefined;
	readonly #closing = new AbortController();

	/** @param turn resolves when it may connect */
	constructor(
		database: Database,
		{ turn, ...options }: ConnectOptions & { readonly turn?: Promise<void> },
		listeners: ConnectionListeners,
	) {
		this.#database = database;
		this.#options = options;
		this.#listeners = listeners;
		void Promise.resolve(turn).then(() => this.#connect());
	}

	/** Why the connection is missing; undefined before the first attempt has failed. */
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
		throw this.failure ?? new NotAnswered(this.#database.shown);
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
			await session.proveTransactions();
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

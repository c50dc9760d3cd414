import {
	type Connection,
	type Driver,
	isWritersDoing,
	type Statement,
} from "./driver.js";

/** A connection, and its statements by their SQL, which live as long as it does. */
export class Database {
	readonly #connection: Connection;
	readonly #statements = new Map<string, Statement>();

	/** @throws SQLite's error */
	constructor(driver: Driver, path: string) {
		this.#connection = driver.open(path);
	}

	statement(sql: string): Statement {
		let statement = this.#statements.get(sql);
		if (statement === undefined) {
			statement = this.#connection.prepare(sql);
			this.#statements.set(sql, statement);
		}
		return statement;
	}

	/**
	 * Runs `body` in a read transaction: from its first read to its end no writer touches the file (in WAL mode: it sees
	 * one snapshot). After an error that is not a writer's doing the connection must be closed.
	 */
	transaction<T>(body: () => T): T {
		this.statement("BEGIN").run();
		try {
			const value = body();
			this.statement("COMMIT").run();
			return value;
		} catch (error) {
			if (isWritersDoing(error)) this.statement("COMMIT").run();
			throw error;
		}
	}

	/** Moves on when another connection has committed; comparable within this connection alone. */
	dataVersion(): number {
		return Number(this.statement("PRAGMA data_version").get()?.data_version);
	}

	/** Of the content that the transaction reads. */
	schemaVersion(): number {
		const row = this.statement("PRAGMA schema_version").get();
		return Number(row?.schema_version);
	}

	close(): void {
		this.#connection.close();
	}
}

import type { Duplex } from "node:stream";
import { type Client, Query } from "pg";

/** A statement; named ones are prepared once per connection. */
export interface Statement {
	readonly name: string;
	readonly text: string;
}

/** pg's connection and query, as far as its types do not tell. */
interface Wire {
	readonly stream: Duplex;
}
interface Row {
	readonly fields: readonly (string | null)[];
}
interface PreparedQuery {
	name: string;
	readonly callback: (error: Error | null, value?: string | null) => void;
	submit(wire: Wire): unknown;
	hasBeenParsed(wire: Wire): boolean;
	handleDataRow(row: Row): void;
	handleReadyForQuery(wire: Wire): void;
}
const PgQuery = Query as unknown as new (
	text: string,
	values: readonly string[],
	callback: PreparedQuery["callback"],
) => PreparedQuery;

/**
 * A prepared statement with one parameter, in ASCII, and one value of type text. pg writes four messages for it, one of which
 * asks for the types of the columns, and copies its own configuration: as much work as for ten rows.
 */
class ValueQuery extends PgQuery {
	readonly #parameter: string;
	#value: string | null = null;

	constructor(
		{ name, text }: Statement,
		parameter: string,
		callback: PreparedQuery["callback"],
	) {
		super(text, [parameter], callback);
		this.name = name;
		this.#parameter = parameter;
	}

	/** The first one on a connection is pg's, with the statement's text. */
	override submit(wire: Wire): unknown {
		if (!this.hasBeenParsed(wire)) return super.submit(wire);
		if (wire.stream.writable)
			wire.stream.write(messagesOf(this.name, this.#parameter));
		return null;
	}

	override handleDataRow({ fields: [value = null] }: Row): void {
		this.#value = value;
	}

	override handleReadyForQuery(): void {
		this.callback(null, this.#value);
	}
}

/** The value of a prepared statement. Rejects as pg does. */
export function askForValue(
	client: Client,
	statement: Statement,
	parameter: string,
): Promise<string | null> {
	return new Promise((resolve, reject) => {
		const query = new ValueQuery(statement, parameter, (error, value = null) =>
			error === null ? resolve(value) : reject(error),
		);
		client.query(query as unknown as Query);
	});
}

/** Execute without a limit of rows, and Sync. */
const EXECUTE = Buffer.from("E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04", "latin1");

/** Bind, Execute and Sync (postgresql.org/docs/current/protocol-message-formats.html). */
function messagesOf(name: string, parameter: string): Buffer {
	// Behind the length: no name of a portal, the statement's; one format, text; one parameter; one format for all columns, text.
	const length = 4 + 1 + name.length + 1 + 4 + 2 + 4 + parameter.length + 4;
	const bytes = Buffer.allocUnsafe(1 + length + EXECUTE.length);
	let at = bytes.write("B", "latin1");
	at = bytes.writeInt32BE(length, at);
	at += bytes.write(`\0${name}\0\0\x01\0\0\0\x01`, at, "latin1");
	at = bytes.writeInt32BE(parameter.length, at);
	at += bytes.write(`${parameter}\0\x01\0\0`, at, "latin1");
	EXECUTE.copy(bytes, at);
	return bytes;
}

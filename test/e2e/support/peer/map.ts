import { execFileSync } from "node:child_process";

/** A row of gxitproxy. */
export interface ToolRow {
	readonly key: string;
	readonly token: string | null;
	readonly host: string | null;
	readonly port: number | null;
	readonly info?: string | null;
	readonly type?: string;
}

/** Runs the statements on the map and commits them together, with Python as Galaxy does. */
export function runSql(
	path: string,
	...statements: (readonly [sql: string, ...values: unknown[]])[]
): void {
	execFileSync("python3", ["-c", RUN, path], {
		input: JSON.stringify(statements),
	});
}

const RUN = `
import json, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
for sql, *values in json.load(sys.stdin):
    connection.execute(sql, values)
connection.commit()
connection.close()
`;

/** The table as Galaxy made it up to 24.1. */
export const CREATE = [
	"CREATE TABLE gxitproxy (key text, key_type text, token text, host text, port integer, info text, PRIMARY KEY (key, key_type))",
] as const;

export function inserted(row: ToolRow): readonly [string, ...unknown[]] {
	return [
		"INSERT INTO gxitproxy (key, key_type, token, host, port, info) VALUES (?, ?, ?, ?, ?, ?)",
		row.key,
		row.type ?? "interactivetoolentrypoint",
		row.token,
		row.host,
		row.port,
		row.info ?? null,
	];
}

/** Writes a new map with these rows. */
export function writeMap(path: string, rows: readonly ToolRow[]): void {
	runSql(path, CREATE, ...rows.map(inserted));
}

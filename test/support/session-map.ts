import { execFileSync } from "node:child_process";

/** A row of the session map; a sentinel row has a NULL host and a negative port. */
export interface Row {
	host: string | null;
	port: number | string | null;
	/** container_ids: the same container for all rows, unless it is said. */
	ids?: readonly string[];
}

/**
 * Writes the map as Galaxy does: makes the table if it is missing, DELETE and INSERT. Rows not named stay. Unlike Galaxy's,
 * the table is in the same commit: nobody sees it without its rows.
 */
export function writeSessionMap(
	path: string,
	sessions: Record<string, Row>,
): void {
	execFileSync("python3", ["-c", WRITE_AS_GALAXY, path], {
		input: JSON.stringify(sessions),
	});
}

const WRITE_AS_GALAXY = `
import json, sqlite3, sys
conn = sqlite3.connect(sys.argv[1])
c = conn.cursor()
c.execute("BEGIN")
try:
    c.execute("CREATE TABLE gxproxy2 (key text PRIMARY KEY, host text, port integer, container_ids text, container_interface text)")
except sqlite3.OperationalError as error:
    if "already exists" not in str(error):
        raise
for key, row in json.load(sys.stdin).items():
    c.execute("DELETE FROM gxproxy2 WHERE key=?", (key,))
    c.execute("INSERT INTO gxproxy2 (key, host, port, container_ids, container_interface) VALUES (?, ?, ?, ?, ?)",
              (key, row["host"], row["port"], json.dumps(row.get("ids", ["gie_1"])), None))
conn.commit()
conn.close()
`;

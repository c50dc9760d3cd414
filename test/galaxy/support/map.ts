import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Lab } from "./lab.js";
import { mapFile } from "./settings.js";

/** A row of the session map. */
export interface Row {
	readonly key: string;
	readonly key_type: string;
	readonly token: string;
	readonly host: string;
	readonly port: number;
	readonly info: string | null;
}

const READ_ROWS = `
import json, sqlite3, sys
table = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True, timeout=60)
table.row_factory = sqlite3.Row
print(json.dumps([dict(row) for row in table.execute("SELECT * FROM gxitproxy")]))
`;

/** All rows of the session map. */
async function rows(lab: Lab): Promise<Row[]> {
	const python = join(lab.venv, "bin/python");
	const words = ["-c", READ_ROWS, mapFile(lab)];
	return JSON.parse((await promisify(execFile)(python, words)).stdout);
}

/** The rows of these entry points. */
export async function rowsOf(
	lab: Lab,
	points: readonly { readonly id: string }[],
): Promise<Row[]> {
	const keys = points.map(({ id }) => id);
	return (await rows(lab)).filter(({ key }) => keys.includes(key));
}

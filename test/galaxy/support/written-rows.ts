import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { asGalaxy, type Lab } from "./lab.js";
import { mapFile } from "./settings.js";

/** An entry point that no job has, and where its row leads. */
export interface WrittenRow {
	readonly key: string;
	readonly token: string;
	readonly host: string;
	readonly port: number;
	readonly info?: object;
}

/** Galaxy's own code, which its web server calls with the ports that a container monitor reports. */
const SAVE = `
import json, sys
from galaxy.managers.interactivetool import InteractiveToolPropagatorSQLAlchemy
table = InteractiveToolPropagatorSQLAlchemy("sqlite:///" + sys.argv[1], str)
for row in json.loads(sys.argv[2]):
    key = dict(key=row["key"], key_type="interactivetoolentrypoint")
    if row["port"] == 0:
        table.remove(**key)
    else:
        table.save(**key, token=row["token"], host=row["host"], port=row["port"], info=json.dumps(row["info"]))
`;

const USUAL = {
	requires_path_in_url: false,
	requires_path_in_header_named: null,
};

/** Writes rows with Galaxy's own code as Galaxy's user; each leads to HOST:PORT. They are removed after the test. */
export async function writeRows(
	t: TestContext,
	lab: Lab,
	targets: readonly { host: string; port: number; info?: object }[],
): Promise<WrittenRow[]> {
	const rows = targets.map((target) => ({
		key: randomBytes(6).toString("hex"),
		token: randomBytes(6).toString("hex"),
		info: USUAL,
		...target,
	}));
	const run = (written: object[]) =>
		asGalaxy(lab, [
			...[join(lab.venv, "bin/python"), "-c", SAVE],
			...[mapFile(lab), JSON.stringify(written)],
		]);
	t.after(() => run(rows.map((row) => ({ ...row, port: 0 }))));
	await run(rows);
	return rows;
}

/** The address of a row by path. */
export function pathOf({ key, token }: WrittenRow): string {
	return `/interactivetool/ep/${key}/${token}/`;
}

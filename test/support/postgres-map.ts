import type { TestContext } from "node:test";
import { startMethods } from "./session-map.js";
import type { ToolMap } from "./tools.js";

/** Debian's Python, for which SQLAlchemy and psycopg2 are installed. */
export const PYTHON = "/usr/bin/python3";

/** A Galaxy that writes its map in a database; each call has committed when it resolves. */
export interface DatabaseMap extends ToolMap {
	/** Statements in one transaction that stays open until finish(). */
	hold(...statements: string[]): Promise<void>;
	/** Statements that no transaction may contain. */
	sqlAlone(...statements: string[]): Promise<void>;
	/** Commits what hold() has begun. */
	finish(): Promise<void>;
}

/** Starts such a Galaxy; its path is the URL. Ended after the test. */
export function startDatabaseMap(t: TestContext, url: string): DatabaseMap {
	const { call, kill } = startMethods(t, [PYTHON, "galaxy-postgres.py", url]);
	return {
		path: url,
		put: call("put"),
		remove: call("remove"),
		sql: call("sql"),
		lock: call("lock"),
		unlock: call("unlock"),
		hold: call("hold"),
		sqlAlone: call("sqlAlone"),
		finish: call("finish"),
		kill,
	};
}

import { createRequire } from "node:module";

/**
 * The session map as Galaxy writes it: a table made with the first row, one row per session, DELETE and INSERT in one
 * transaction, SQLite's own journal mode. The file appears with the first row.
 */
export function openSessionMap(path) {
	const Database = sqlite();

	function within(work) {
		const database = new Database(path);
		try {
			return work(database);
		} finally {
			database.close();
		}
	}

	return {
		write(session, { host, port }) {
			within((database) => {
				database.exec(
					"CREATE TABLE IF NOT EXISTS gxproxy2 (key text PRIMARY KEY, host text, port integer, container_ids text, container_interface text)",
				);
				database.exec("BEGIN");
				database.prepare("DELETE FROM gxproxy2 WHERE key=?").run(session);
				database
					.prepare(
						"INSERT INTO gxproxy2 (key, host, port, container_ids, container_interface) VALUES (?, ?, ?, ?, ?)",
					)
					.run(session, host, port, '["demo"]', null);
				database.exec("COMMIT");
			});
		},
		/** The session's row, or undefined. */
		read(session) {
			return within((database) =>
				database
					.prepare("SELECT host, port FROM gxproxy2 WHERE key=?")
					.get(session),
			);
		},
	};
}

/** node:sqlite if this Node has it, without its warning that it is experimental; else better-sqlite3. */
function sqlite() {
	const { emitWarning } = process;
	process.emitWarning = () => {};
	const builtin = process.getBuiltinModule?.("node:sqlite");
	process.emitWarning = emitWarning;
	if (builtin) return builtin.DatabaseSync;
	try {
		return createRequire(import.meta.url)("better-sqlite3");
	} catch (error) {
		throw new Error(
			`SQLite is missing: use Node 22.13 or later, or npm install better-sqlite3@12 (${error.code})`,
		);
	}
}

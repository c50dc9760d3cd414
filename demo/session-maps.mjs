import { createRequire } from "node:module";

const Database = sqlite();

/**
 * The session map of environments as Galaxy writes it: a table made with the first row, one row per session, DELETE and INSERT
 * in one transaction, SQLite's own journal mode. The file appears with the first row.
 */
export function environmentsMap(path) {
	return {
		write(session, { host, port }) {
			within(path, (database) => {
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
			return within(path, (database) =>
				database
					.prepare("SELECT host, port FROM gxproxy2 WHERE key=?")
					.get(session),
			);
		},
	};
}

/** The map of Interactive Tools as Galaxy writes it since 24.2: one row per entry point, with its key and token. */
export function toolsMap(path) {
	const type = "interactivetoolentrypoint";
	const info =
		'{"requires_path_in_url": false, "requires_path_in_header_named": null}';
	const remove = "DELETE FROM gxitproxy WHERE key=? AND key_type=?";
	return {
		write(key, token, { host, port }) {
			within(path, (database) => {
				database.exec("BEGIN");
				database.exec(
					"CREATE TABLE IF NOT EXISTS gxitproxy (key VARCHAR(16) NOT NULL, key_type TEXT NOT NULL, token VARCHAR(32), host TEXT, port INTEGER, info TEXT, PRIMARY KEY (key, key_type))",
				);
				database.prepare(remove).run(key, type);
				database
					.prepare(
						"INSERT INTO gxitproxy (key, key_type, token, host, port, info) VALUES (?, ?, ?, ?, ?, ?)",
					)
					.run(key, type, token, host, port, info);
				database.exec("COMMIT");
			});
		},
		remove(key) {
			within(path, (database) => database.prepare(remove).run(key, type));
		},
	};
}

function within(path, work) {
	const database = new Database(path);
	try {
		return work(database);
	} finally {
		database.close();
	}
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

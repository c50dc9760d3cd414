import { DatabaseError } from "pg";
import type { Database } from "../../database.js";
import { NotMadeYet, Unreadable } from "../unreadable.js";

/** The SQLSTATE of a server's error, else the system's code such as ECONNREFUSED, else empty. */
export function codeOfDatabase(error: unknown): string {
	if (!(error instanceof Error)) return "";
	if (error instanceof AggregateError)
		return codeOfDatabase(error.errors.at(-1));
	return "code" in error ? String(error.code) : "";
}

/**
 * Whether the connection cannot be used again: the server ends it, or the error did not come from the server
 * (postgresql.org/docs/current/errcodes-appendix.html).
 */
export function isConnectionLost(error: unknown): boolean {
	const isOfServer = error instanceof DatabaseError;
	return !isOfServer || /^(57P0[1-5]|08|XX)/.test(error.code ?? "");
}

/** Remedies by SQLSTATE or the system's code. %: the user; $: the database. */
const REMEDIES: Readonly<Record<string, string>> = {
	"28P01":
		"the password of the user % is wrong: correct it in the URL, or in the password file",
	"28000":
		"the server does not admit the user %: check the user's name, that it may log in, and pg_hba.conf on the server",
	"3D000":
		"the database $ does not exist: make it, as Galaxy's documentation of interactivetoolsproxy_map says, or correct its name",
	"42501":
		"the user % may not read the table: GRANT SELECT ON gxitproxy TO %, as its owner",
	"42703":
		"the table gxitproxy lacks a column that Galaxy's has: let Galaxy recreate it, or make it with gx-it-proxy-create-db",
	"53300":
		"the server has no connection left: raise its max_connections or the user's CONNECTION LIMIT, or start fewer daemons and workers",
	"57014":
		"the table did not answer in time: another session has locked it, or the server is overloaded; look for the lock in pg_locks",
	"57P01": "the server is being shut down or restarted",
	"57P02": "the server has crashed and restarts",
	"57P03": "the server is starting or shutting down",
	"0A000": "the table was recreated: it is being read again",
	ECONNREFUSED:
		"nothing listens there: start the server, or correct host and port",
	ENOENT:
		"the server's socket is not there: start the server, or correct the folder in the URL",
	EACCES:
		"the server's socket may not be opened by this account: check its folder's rights",
	ENOTFOUND: "the host's name is not known: correct it in the URL",
	EAI_AGAIN: "the host's name cannot be looked up now: check the name server",
	EHOSTUNREACH: "the host cannot be reached: check the network",
	ENETUNREACH: "the host cannot be reached: check the network",
	ETIMEDOUT: "the host does not answer: check the network and its firewall",
};

/** Remedies by the text of errors without a code, or with the code that poolers use for everything (08P01). */
const WORDS: readonly (readonly [RegExp, string])[] = [
	[
		/startup parameter/,
		"the server or a pooler before it refuses a parameter of the connection: remove `options` from the URL, or add it to pgbouncer's ignore_startup_parameters",
	],
	[
		/statement pooling mode/,
		"pgbouncer is in statement mode, which permits no transactions, so Galaxy cannot write there either: set pool_mode = transaction for this database, or connect to the server itself",
	],
	[
		/does not support SSL/,
		"the server has no TLS, which sslmode demands: turn it on there, or give another sslmode",
	],
	[
		/timeout expired|Query read timeout/,
		"the server does not answer: check it, the network and its firewall",
	],
	[
		/certificate|self-signed|altnames|unable to verify|issuer/i,
		"the server's certificate is refused: give its authority with sslrootcert, and the name in the certificate as host",
	],
	[
		/closed the connection|terminated/,
		"the server has ended the connection: if that goes on, check that PostgreSQL is at this host and port, and see the server's log",
	],
];

/** Describes an error of the database, its client or the network. The message never contains a secret. */
export function unreadableDatabase(
	{ shown, user, name }: Database,
	error: unknown,
): Unreadable {
	if (error instanceof Unreadable) return error;
	const code = codeOfDatabase(error);
	if (code === "42P01") return missingTable({ shown });
	const text = error instanceof Error ? error.message || code : String(error);
	const remedy = (
		REMEDIES[code] ?? WORDS.find(([words]) => words.test(text))?.[1]
	)?.replace(/[%$]/g, (sign) => (sign === "%" ? user : name));
	const reason =
		remedy === undefined
			? `${shown} cannot be read (${text}). Check the URL and the server's log.`
			: `${shown} cannot be read: ${remedy}${code === "" ? "" : ` (${code})`}.`;
	return new Unreadable(reason, true, error);
}

/** Galaxy makes the table with its first tool. */
export function missingTable({ shown }: Pick<Database, "shown">): NotMadeYet {
	return new NotMadeYet(
		`${shown} has no table gxitproxy yet: Galaxy creates it when the first Interactive Tool starts. If one is already running, compare the URL with Galaxy's interactivetoolsproxy_map.`,
		false,
	);
}

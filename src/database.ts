import type { ClientConfig } from "pg";

/** A database whose table gxitproxy is the session map. Secrets are in attempts() alone. */
export interface Database {
	/** The URL without its password: for the log, pages and messages. */
	readonly shown: string;
	/**
	 * The connections to try, in this order; reads the password file and the certificates each time.
	 * @throws Error that says what to do
	 */
	readonly attempts: () => Promise<readonly Attempt[]>;
	readonly name: string;
	readonly user: string;
	/** target_session_attrs (postgresql.org/docs/current/libpq-connect.html, 34.1.2). */
	readonly target:
		| "any"
		| "read-write"
		| "read-only"
		| "primary"
		| "standby"
		| "prefer-standby";
	/** Whether the command line had the URL with a password in it. */
	readonly isPasswordInArguments: boolean;
}

export interface Attempt {
	/** For messages: "db.example.org:5432", or "/var/run/postgresql port 5432". */
	readonly server: string;
	/**
	 * Attempts with the same number are one host, with TLS and without: the next one is tried after any failure. Another host
	 * is tried only if this one cannot be reached or is not as `target` demands.
	 */
	readonly host: number;
	/** Complete, so that the client itself reads nothing from the environment. Secret. */
	readonly options: ClientConfig;
}

/** What follows from isPasswordInArguments: for the log, config and doctor. */
export const PASSWORD_IN_ARGUMENTS =
	"the process list showed the database's password when the proxy was started: give the URL by GALAXY_PROXY_SESSIONS or " +
	"--sessions-file, or the password alone in a file of PGPASSFILE or a service file, and change it if others use this machine";

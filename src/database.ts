import type { Client, ClientConfig } from "pg";

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

/** The URLs with their secrets, of databases whose connections do not read the URL again. */
export const secretUrls = new WeakMap<Database, string>();

/** Whether a database's next connection would be the same as the other's. */
export function isSameDatabase(
	one: Database | undefined,
	other: Database | undefined,
): boolean {
	return (one && secretUrls.get(one)) === (other && secretUrls.get(other));
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
	/** Called with the client before it connects: refuses ways to authenticate that the URL forbids. */
	readonly restrict?: ((client: Client) => void) | undefined;
}

/** The finding for isPasswordInArguments, in the log, config and doctor. */
export const PASSWORD_IN_ARGUMENTS =
	"the process list showed the database's password when the proxy was started: give the URL by GALAXY_PROXY_SESSIONS or " +
	"--sessions-file, or the password alone in a file of PGPASSFILE or a service file, and change it if others use this machine";

/** Parameters of a URL whose values are secrets. */
export const SECRETS: ReadonlySet<string> = new Set([
	"password",
	"sslpassword",
	"scram_client_key",
	"scram_server_key",
	"oauth_client_secret",
]);

const SCHEME = /^postgres(?:ql)?(?:\+[\w.]+)?:\/\//i;

/** Whether a text is a URL of libpq's or of SQLAlchemy's, such as postgresql+psycopg2://HOST/NAME. */
export function isDatabaseUrl(text: string): boolean {
	return SCHEME.test(text);
}

/**
 * The parts of a URL by libpq's grammar (postgresql.org/docs/current/libpq-connect.html, 34.1.1.2), still encoded. Undefined
 * if an @ follows later: then a sign in the password may have been taken for the end of the host.
 */
export function partsOfUrl(url: string) {
	const [, userinfo, address = "", path, query = ""] =
		/^(?:([^@/]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(
			url.replace(SCHEME, ""),
		) ?? [];
	if (/@/.test(address + (path ?? ""))) return undefined;
	return { userinfo, address, path, query: query.split("&").filter(Boolean) };
}

/** The URL without secrets, in the words in which it was given; a URL that cannot be read is not shown at all. */
export function shownUrl(url: string): string {
	const parts = partsOfUrl(url);
	if (parts === undefined || !hasPorts(parts.address))
		return "postgresql://...";
	const user = parts.userinfo?.split(":", 1)[0];
	const open = parts.query.filter((pair) => isOpen(pair));
	return [
		`postgresql://${user ? `${user}@` : ""}${parts.address}`,
		parts.path === undefined ? "" : `/${parts.path}`,
		open.length > 0 ? `?${open.join("&")}` : "",
	].join("");
}

/** Whether a URL contains a password or another secret; so may one that cannot be read. */
export function hasSecret(url: string): boolean {
	const parts = partsOfUrl(url);
	if (parts === undefined) return true;
	return (
		/:./.test(parts.userinfo ?? "") ||
		!parts.query.every((pair) => isOpen(pair))
	);
}

/** Whether numbers follow all colons outside of brackets, and not the beginning of a password. */
function hasPorts(address: string): boolean {
	return /^[^:]*(:\d*(,[^:]*|$))*$/.test(address.replace(/\[[^\]]*\]/g, ""));
}

function isOpen(pair: string): boolean {
	const name = pair.split("=", 1)[0] ?? "";
	try {
		return (
			pair.includes("=") && !SECRETS.has(decodeURIComponent(name).toLowerCase())
		);
	} catch {
		return false;
	}
}

/** An argument of a command line as every user of the machine may see it. */
export function withoutSecrets(argument: string): string {
	const [, flag = "", value = ""] = /^(--[\w-]+=)?(.*)$/s.exec(argument) ?? [];
	if (isDatabaseUrl(value)) return flag + shownUrl(value);
	return argument
		.replace(/(:\/\/[^\s/@:]*):[^\s]*@/g, "$1:...@")
		.replace(/(password=)[^&\s]*/gi, "$1...");
}

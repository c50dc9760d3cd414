import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { UsageError } from "./setting.js";

/** A parameter's text, and the place that errors name: "--sessions: sslmode", "PGSSLMODE". */
export interface Parameter {
	readonly text: string;
	readonly place: string;
}

/** Parameters of a connection by libpq's names. Empty ones are left out. */
export type Parameters = ReadonlyMap<string, Parameter>;

export type Environment = Readonly<Record<string, string | undefined>>;

interface Rule {
	/** The environment variable that sets it. */
	readonly variable?: string;
	/** A text that is allowed. */
	readonly form?: RegExp;
	/** Completes "give ...". */
	readonly allowed?: string;
	/** Why it is refused: completes "galaxy-proxy does not support this". */
	readonly remedy?: string;
}

const SWITCH = oneOf("0", "1");
const NUMBER = {
	form: /^\s*[+-]?\d{1,9}\s*$/,
	allowed: "a whole number",
};
const TLS_VERSION = oneOf("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");
/** Lists of ways to authenticate, all of them with ! or none. The first four exist here; "none": the server asks for nothing. */
const WAYS = "(password|md5|scram-sha-256|none|gss|sspi|oauth)";
const LIST_OF_WAYS = {
	form: new RegExp(
		`^\\s*(${WAYS}(\\s*,\\s*${WAYS})*|!${WAYS}(\\s*,\\s*!${WAYS})*)\\s*$`,
	),
	allowed:
		"a list of password, md5, scram-sha-256 and none, or the same words each with ! in front",
};
const PASSWORD_AUTHENTICATION =
	"remove it; of the server's ways to authenticate, passwords (scram-sha-256, md5, password), certificates, peer, ident and trust work";

/** Every parameter of libpq 18 (postgresql.org/docs/current/libpq-connect.html, 34.1.2). docs/postgresql.md explains them. */
export const PARAMETERS: Readonly<Record<string, Rule>> = {
	host: { variable: "PGHOST" },
	hostaddr: { variable: "PGHOSTADDR" },
	port: { variable: "PGPORT" },
	dbname: { variable: "PGDATABASE" },
	user: { variable: "PGUSER" },
	password: { variable: "PGPASSWORD" },
	passfile: { variable: "PGPASSFILE" },
	service: { variable: "PGSERVICE" },
	servicefile: { variable: "PGSERVICEFILE" },
	connect_timeout: { variable: "PGCONNECT_TIMEOUT", ...NUMBER },
	client_encoding: {
		variable: "PGCLIENTENCODING",
		form: /^(auto|utf-?8|unicode)$/i,
		allowed: "utf8 or auto",
	},
	options: { variable: "PGOPTIONS" },
	application_name: { variable: "PGAPPNAME" },
	fallback_application_name: {},
	keepalives: NUMBER,
	keepalives_idle: NUMBER,
	keepalives_interval: NUMBER,
	keepalives_count: NUMBER,
	tcp_user_timeout: NUMBER,
	sslmode: {
		variable: "PGSSLMODE",
		...oneOf(
			"disable",
			"allow",
			"prefer",
			"require",
			"verify-ca",
			"verify-full",
		),
	},
	sslnegotiation: {
		variable: "PGSSLNEGOTIATION",
		...oneOf("postgres", "direct"),
	},
	sslrootcert: { variable: "PGSSLROOTCERT" },
	sslcert: { variable: "PGSSLCERT" },
	sslkey: { variable: "PGSSLKEY" },
	sslpassword: {},
	sslcertmode: { variable: "PGSSLCERTMODE", ...oneOf("disable", "allow") },
	sslcrl: { variable: "PGSSLCRL" },
	sslcrldir: {
		variable: "PGSSLCRLDIR",
		remedy: "put the revocation lists into one file and name it in sslcrl",
	},
	sslsni: { variable: "PGSSLSNI", ...SWITCH },
	ssl_min_protocol_version: {
		variable: "PGSSLMINPROTOCOLVERSION",
		...TLS_VERSION,
	},
	ssl_max_protocol_version: {
		variable: "PGSSLMAXPROTOCOLVERSION",
		...TLS_VERSION,
	},
	sslcompression: { variable: "PGSSLCOMPRESSION", ...SWITCH },
	sslkeylogfile: { remedy: "remove it" },
	min_protocol_version: {
		variable: "PGMINPROTOCOLVERSION",
		form: /^3\.0$/,
		allowed: "3.0, or remove it: the client speaks no other version",
	},
	max_protocol_version: { variable: "PGMAXPROTOCOLVERSION" },
	channel_binding: {
		variable: "PGCHANNELBINDING",
		...oneOf("disable", "prefer", "require"),
	},
	require_auth: { variable: "PGREQUIREAUTH", ...LIST_OF_WAYS },
	requirepeer: {
		variable: "PGREQUIREPEER",
		remedy:
			"remove it, and let only the server's user write to the socket's folder",
	},
	requiressl: { remedy: "give sslmode=require" },
	gssencmode: {
		variable: "PGGSSENCMODE",
		form: /^(disable|prefer)$/,
		allowed:
			"disable or prefer: galaxy-proxy does not speak GSSAPI; use TLS, with sslmode",
	},
	krbsrvname: { variable: "PGKRBSRVNAME" },
	gsslib: { variable: "PGGSSLIB" },
	gssdelegation: { variable: "PGGSSDELEGATION" },
	target_session_attrs: {
		variable: "PGTARGETSESSIONATTRS",
		...oneOf(
			"any",
			"read-write",
			"read-only",
			"primary",
			"standby",
			"prefer-standby",
		),
	},
	load_balance_hosts: {
		variable: "PGLOADBALANCEHOSTS",
		...oneOf("disable", "random"),
	},
	replication: { remedy: "remove it: rows are read by plain queries" },
	scram_client_key: { remedy: PASSWORD_AUTHENTICATION },
	scram_server_key: { remedy: PASSWORD_AUTHENTICATION },
	oauth_issuer: { remedy: PASSWORD_AUTHENTICATION },
	oauth_client_id: { remedy: PASSWORD_AUTHENTICATION },
	oauth_client_secret: { remedy: PASSWORD_AUTHENTICATION },
	oauth_scope: { remedy: PASSWORD_AUTHENTICATION },
	authtype: {},
	tty: {},
};

/**
 * The parameters of a URL, then of its service, then of the environment, as libpq orders them.
 * @throws {UsageError} that names the parameter that is unknown or has a wrong value, and never shows a secret
 */
export function withDefaults(ofUrl: Parameters, env: Environment): Parameters {
	const found = new Map<string, Parameter>();
	const add = (name: string, parameter: Parameter): void => {
		if (parameter.text !== "" && !found.has(name)) found.set(name, parameter);
	};
	const addVariable = (name: string) => {
		const place = PARAMETERS[name]?.variable;
		if (place !== undefined) add(name, { text: env[place] ?? "", place });
	};
	for (const [name, parameter] of ofUrl) add(name, parameter);
	addVariable("service");
	addVariable("servicefile");
	for (const [name, parameter] of ofService(found, env)) add(name, parameter);
	for (const name of Object.keys(PARAMETERS)) addVariable(name);
	if (env.PGREQUIRESSL?.startsWith("1"))
		add("sslmode", { text: "require", place: "PGREQUIRESSL" });
	for (const [name, parameter] of found) check(name, parameter);
	return found;
}

/** The user's folder as libpq finds it, with .pgpass and .postgresql. */
export function homeIn(env: Environment): string {
	try {
		return env.HOME || homedir();
	} catch {
		// The operating system does not know this user, as in containers.
		return "/nonexistent";
	}
}

/** Where builds of libpq for Debian and Red Hat have pg_service.conf. */
const SYSTEM_FOLDERS = ["/etc/postgresql-common", "/etc/sysconfig/pgsql"];

/** The parameters of the service, if one is named (34.17). */
function ofService(
	found: Parameters,
	env: Environment,
): Map<string, Parameter> {
	const service = found.get("service");
	if (service === undefined) return new Map();
	const own = found.get("servicefile")?.text;
	const folders = env.PGSYSCONFDIR ? [env.PGSYSCONFDIR] : SYSTEM_FOLDERS;
	const files = [
		own ?? join(homeIn(env), ".pg_service.conf"),
		...folders.map((folder) => join(folder, "pg_service.conf")),
	];
	for (const file of files) {
		if (!existsSync(file) && file !== own) continue;
		const section = sectionIn(file, service);
		if (section !== undefined) return section;
	}
	throw new UsageError(
		`${service.place}: the service ${service.text} is not defined; add the section [${service.text}] to ${files[0]}, or name the file in PGSERVICEFILE`,
	);
}

/** @throws {UsageError} for a file that cannot be read, and for lines that libpq refuses */
function sectionIn(
	file: string,
	service: Parameter,
): Map<string, Parameter> | undefined {
	let section: Map<string, Parameter> | undefined;
	let isOther = true;
	for (const [index, raw] of readText(file, service.place).entries()) {
		const line = raw.trim();
		const place = `${file} line ${index + 1}`;
		if (line.startsWith("[")) {
			// libpq reads the first section of that name alone.
			if (section !== undefined) break;
			isOther = !line.startsWith(`[${service.text}]`);
			if (!isOther) section = new Map();
		} else if (!isOther && line !== "" && !line.startsWith("#")) {
			const equals = line.indexOf("=");
			const name = line.slice(0, equals);
			if (equals < 0 || name.startsWith("service") || line.startsWith("ldap:"))
				throw new UsageError(
					`${place}: give NAME=VALUE here, as in a URL, but neither another service nor LDAP`,
				);
			if (section?.has(name) === false)
				section.set(name, {
					text: line.slice(equals + 1),
					place: `${place}: ${name}`,
				});
		}
	}
	return section;
}

function readText(file: string, place: string): string[] {
	try {
		return readFileSync(file, "utf8").split("\n");
	} catch (error) {
		throw new UsageError(
			`${place}: the service file cannot be read: ${(error as Error).message}; correct its path or its permissions`,
		);
	}
}

function check(name: string, { text, place }: Parameter): void {
	const rule = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
	if (rule === undefined) {
		// The name may be a part of a password that was not encoded.
		const isName = /^[a-z_]{1,40}$/i.test(name);
		throw new UsageError(
			`${isName ? place : "the database's URL"}: libpq has no such parameter; remove it, and write & and = in a password as %26 and %3D`,
		);
	}
	if (rule.remedy !== undefined)
		throw new UsageError(
			`${place}: galaxy-proxy does not support this parameter; ${rule.remedy}`,
		);
	if (rule.form !== undefined && !rule.form.test(text))
		throw new UsageError(
			`${place}: ${JSON.stringify(text)} is not allowed; give ${rule.allowed}`,
		);
}

function oneOf(...words: readonly string[]): Rule {
	return {
		form: new RegExp(`^(${words.join("|")})$`),
		allowed: `one of ${words.join(", ")}`,
	};
}

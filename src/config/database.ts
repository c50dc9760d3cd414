import { isIP } from "node:net";
import { userInfo } from "node:os";
import type { ConnectionOptions } from "node:tls";
import type { ClientConfig } from "pg";
import {
	type Attempt,
	type Database,
	hasSecret,
	secretUrls,
	shownUrl,
} from "../database.js";
import { restriction } from "./database-auth.js";
import {
	type Password,
	passwordFor,
	type Server,
	SOCKET_FOLDERS,
	sslMode,
	tlsOptions,
} from "./database-files.js";
import {
	type Environment,
	homeIn,
	type Parameter,
	type Parameters,
	withDefaults,
} from "./database-parameters.js";
import { parametersOf } from "./database-url.js";
import { SOCKET_PATH_BYTES } from "./flag-values.js";
import { type Origin, placeOf, UsageError } from "./setting.js";

/**
 * The database of a URL, with libpq's environment, service file and defaults.
 * @param again reads the URL again for each connection, since its password may have changed
 * @throws {UsageError} that names the parameter, and never shows a secret
 */
export function readDatabase(
	url: string,
	env: Environment,
	origin: Origin,
	again?: () => string,
): Database {
	const place = placeOf(origin);
	const read = (now = url) =>
		connectionOf(withDefaults(parametersOf(now, place), env), place);
	const shown = shownUrl(url);
	// Another server needs a restart.
	const current = () => {
		const now = again?.() ?? url;
		return shownUrl(now) === shown ? now : url;
	};
	const { user, database, target } = read();
	const made: Database = {
		shown,
		name: database,
		user,
		target,
		isPasswordInArguments:
			hasSecret(url) && "name" in origin && origin.name === "--sessions",
		// The service is read again too.
		attempts: async () => attemptsOf(read(current()), homeIn(env)),
	};
	secretUrls.set(made, again ? shown : url);
	return made;
}

interface Connection {
	readonly parameters: Parameters;
	readonly servers: readonly Server[];
	readonly user: string;
	readonly database: string;
	readonly target: Database["target"];
}

/** @throws {UsageError} for parameters that contradict each other */
function connectionOf(parameters: Parameters, place: string): Connection {
	const text = (name: string) => parameters.get(name)?.text;
	const mode = sslMode(parameters);
	const refuseWeak = (name: string, value: string, allowed: RegExp) => {
		if (text(name) === value && !allowed.test(mode))
			throw new UsageError(
				`${parameters.get(name)?.place}: ${value} does not go with sslmode=${mode}; give sslmode=verify-full`,
			);
	};
	refuseWeak("sslrootcert", "system", /^verify-full$/);
	refuseWeak("sslnegotiation", "direct", /^(require|verify-.*)$/);
	const servers = serversOf(parameters);
	const nameless = servers.find(({ name }) => name === "");
	if (nameless && mode === "verify-full")
		throw new UsageError(
			`${parameters.get("hostaddr")?.place}: sslmode=verify-full compares the certificate with a name; give host too`,
		);
	const isNamed = servers.some(({ name, address }) => !address && !isIP(name));
	if (text("sslsni") === "0" && isNamed)
		throw new UsageError(
			`${parameters.get("sslsni")?.place}: without SNI galaxy-proxy can only connect to an address; give it in hostaddr`,
		);
	const user = text("user") ?? userOfSystem(place);
	const database = text("dbname") ?? user;
	const target = (text("target_session_attrs") ?? "any") as Database["target"];
	return { parameters, servers, user, database, target };
}

function userOfSystem(place: string): string {
	try {
		return userInfo().username;
	} catch {
		throw new UsageError(
			`${place}: the URL names no user, and the operating system has no name for the user that runs the proxy; give postgresql://USER@HOST/NAME, or set PGUSER`,
		);
	}
}

function serversOf(parameters: Parameters): Server[] {
	const [host, hostaddr, port] = ["host", "hostaddr", "port"].map((name) =>
		parameters.get(name),
	);
	const [names, addresses, ports] = [host, hostaddr, port].map(
		(list) => list?.text.split(",") ?? [],
	) as [string[], string[], string[]];
	const count = Math.max(names.length, addresses.length, 1);
	const refuse = ({ place }: Parameter, reason: string): never => {
		throw new UsageError(`${place}: ${reason}`);
	};
	if (hostaddr && host && names.length !== addresses.length)
		refuse(hostaddr, "give as many addresses as there are hosts");
	if (port && ports.length > 1 && ports.length !== count)
		refuse(port, "give one port, or as many as there are hosts");
	return Array.from({ length: count }, (_, index) => {
		const address = addresses[index] || undefined;
		const name = names[index] || (address ? "" : (SOCKET_FOLDERS[0] ?? ""));
		const number = (ports.length > 1 ? ports[index] : ports[0]) || "5432";
		if (port && !isPort(number))
			refuse(port, "give a whole number from 1 to 65535");
		if (hostaddr && address && !isIP(address))
			refuse(hostaddr, "give addresses; names belong into host");
		const server = { name, address, port: Number(number) };
		if (host && isSocket(server)) checkSocket(server, host);
		return server;
	});
}

function isPort(text: string): boolean {
	return (
		/^\s*\d{1,5}\s*$/.test(text) && Number(text) >= 1 && Number(text) <= 65535
	);
}

function isSocket({ name, address }: Server): boolean {
	return address === undefined && /^[/@]/.test(name);
}

function checkSocket({ name, port }: Server, { place }: Parameter): void {
	if (name.startsWith("@"))
		throw new UsageError(
			`${place}: abstract unix sockets are not supported; give the folder of a socket, for example /var/run/postgresql`,
		);
	if (Buffer.byteLength(`${name}/.s.PGSQL.${port}`) > SOCKET_PATH_BYTES)
		throw new UsageError(
			`${place}: the socket's path is longer than ${SOCKET_PATH_BYTES} bytes; give a shorter folder`,
		);
}

async function attemptsOf(
	connection: Connection,
	home: string,
): Promise<Attempt[]> {
	const { parameters, servers } = connection;
	const files = { parameters, home };
	const isRandom = parameters.get("load_balance_hosts")?.text === "random";
	const ordered = isRandom ? shuffled(servers) : servers;
	const restrict = restriction(parameters);
	const attempts: Attempt[] = [];
	for (const [host, server] of ordered.entries()) {
		const { user, database } = connection;
		const given = parameters.get("password");
		const password =
			given ?? (await passwordFor(files, server, database, user));
		for (const isTls of tlsOrder(server, parameters)) {
			const ssl = isTls && (await tlsOptions(files, server));
			const options = optionsFor(connection, server, password, ssl);
			attempts.push({ server: labelOf(server), host, options, restrict });
		}
	}
	return attempts;
}

function shuffled<T>(list: readonly T[]): T[] {
	return list
		.map((item) => ({ item, at: Math.random() }))
		.sort((one, other) => one.at - other.at)
		.map(({ item }) => item);
}

/** Whether each attempt on a server is by TLS, in libpq's order. Unix sockets have none. */
function tlsOrder(server: Server, parameters: Parameters): boolean[] {
	if (isSocket(server)) return [false];
	const mode = sslMode(parameters);
	if (mode === "disable") return [false];
	if (mode === "allow") return [false, true];
	return mode === "prefer" ? [true, false] : [true];
}

function labelOf(server: Server): string {
	const { name, address, port } = server;
	if (isSocket(server)) return `${name} port ${port}`;
	const host = name || (address ?? "");
	return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** How long to connect without connect_timeout: a server in the same network needs a few milliseconds. */
const CONNECT_TIMEOUT_MS = 1000;
/** A connection that is dead in silence is noticed after this and ten probes, one per second. */
const KEEPALIVE_IDLE_MS = 1000;

/** All that the client would otherwise read from the environment is given. */
function optionsFor(
	{ parameters, user, database }: Connection,
	server: Server,
	password: Password,
	ssl: false | ConnectionOptions,
): ClientConfig {
	const text = (name: string) => parameters.get(name)?.text;
	const seconds = (name: string, fallback: number) =>
		Math.max(Number(text(name) ?? 0), 0) * 1000 || fallback;
	const options = text("options");
	return {
		host: server.address ?? server.name,
		port: server.port,
		user,
		database,
		// A function, so that nothing that prints the options shows it. It is called only if the server asks for a password.
		password() {
			if ("text" in password) return password.text;
			throw new Error(
				`${labelOf(server)} asks for the password of ${user}, and none is given: ${password.problem}; or give it in the URL by GALAXY_PROXY_SESSIONS or --sessions-file`,
			);
		},
		client_encoding: "UTF8",
		...(options !== undefined && { options }),
		application_name:
			text("application_name") ??
			text("fallback_application_name") ??
			"galaxy-proxy",
		ssl,
		sslnegotiation:
			ssl && text("sslnegotiation") === "direct" ? "direct" : "postgres",
		enableChannelBinding:
			ssl !== false && text("channel_binding") !== "disable",
		connectionTimeoutMillis: seconds("connect_timeout", CONNECT_TIMEOUT_MS),
		keepAlive: Number(text("keepalives") ?? 1) !== 0,
		keepAliveInitialDelayMillis: seconds("keepalives_idle", KEEPALIVE_IDLE_MS),
	};
}

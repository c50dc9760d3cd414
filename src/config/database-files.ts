import { readFile, stat } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import type {
	ConnectionOptions,
	SecureContext,
	SecureContextOptions,
} from "node:tls";
import type { Parameters } from "./database-parameters.js";

/** One server of a URL. */
export interface Server {
	/** A host name, an address or the folder of a unix socket; "" if only the address is given. */
	readonly name: string;
	/** hostaddr: where to connect, while certificate and password belong to the name. */
	readonly address: string | undefined;
	readonly port: number;
}

/** Reads the files of a connection: the password file and the certificates. */
export interface Files {
	readonly parameters: Parameters;
	/** The user's folder. */
	readonly home: string;
}

/** The folders in which builds of libpq look for the socket; in the password file they are "localhost". */
export const SOCKET_FOLDERS = [
	"/var/run/postgresql",
	"/run/postgresql",
	"/tmp",
];

/** A password, or why there is none. */
export type Password = { readonly text: string } | { readonly problem: string };

/** The password in the first line of the password file that fits (34.16). It is read as libpq reads it. */
export async function passwordFor(
	{ parameters, home }: Files,
	server: Server,
	database: string,
	user: string,
): Promise<Password> {
	const file = parameters.get("passfile")?.text ?? join(home, ".pgpass");
	const { name, address, port } = server;
	const host = SOCKET_FOLDERS.includes(name)
		? "localhost"
		: name || (address ?? "");
	const wanted = [host, String(port), database, user];
	let text: string;
	try {
		const status = await stat(file);
		if (!status.isFile())
			return {
				problem: `${file} is not a plain file, so name one in PGPASSFILE`,
			};
		if ((status.mode & 0o077) !== 0)
			return {
				problem: `${file} is ignored because others may read it, so chmod 600 ${file}`,
			};
		text = await readFile(file, "utf8");
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		return {
			problem:
				code === "ENOENT"
					? `make ${file}, readable by this user alone, with the line ${wanted.join(":")}:PASSWORD`
					: `${message}: let this user read the file`,
		};
	}
	for (const line of text.split(/\r*\n/)) {
		const fields = LINE_OF_PASSWORDS.exec(line.replace(/\r$/, ""));
		if (fields === null || line.startsWith("#")) continue;
		const isFitting = wanted.every((value, index) => {
			const field = fields[index + 1] ?? "";
			return field === "*" || withoutEscapes(field) === value;
		});
		if (!isFitting) continue;
		if (fields[5]) return { text: withoutEscapes(fields[5]) };
		return {
			problem: `the line of ${file} that fits has no password, add it there`,
		};
	}
	return {
		problem: `no line of ${file} fits, add ${wanted.join(":")}:PASSWORD`,
	};
}

/** HOST:PORT:DATABASE:USER:PASSWORD, with a backslash before each colon and backslash of a value. Another colon ends the password. */
const LINE_OF_PASSWORDS =
	/^((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):((?:\\.|[^:\\])*):((?:\\.|[^:])*)/;

function withoutEscapes(text: string): string {
	return text.replace(/\\(.)/g, "$1");
}

/** sslmode, with libpq's default, which "system" makes stricter. */
export function sslMode(parameters: Parameters): string {
	const isSystem = parameters.get("sslrootcert")?.text === "system";
	return (
		parameters.get("sslmode")?.text ?? (isSystem ? "verify-full" : "prefer")
	);
}

/**
 * The options of tls.connect() for one server, as libpq understands them: the chain is verified where a root certificate
 * is there, whatever sslmode is, and the name with verify-full.
 * @throws Error that names a file, and says what to do
 */
export async function tlsOptions(
	files: Files,
	server: Server,
): Promise<ConnectionOptions> {
	// Loaded only for a database that has TLS.
	const { checkServerIdentity, createSecureContext } = await import("node:tls");
	const { parameters } = files;
	const mode = sslMode(parameters);
	const root = await rootCertificate(files, mode);
	const crl = root && (await optional(files, "sslcrl", "root.crl"));
	const contents: SecureContextOptions = {
		...(root?.ca !== undefined && { ca: root.ca }),
		...(crl && { crl: crl.text }),
		...(await clientCertificate(files)),
		minVersion: version(parameters, "min") ?? "TLSv1.2",
		maxVersion: version(parameters, "max") ?? "TLSv1.3",
	};
	const { name, address } = server;
	const isNamed = isIP(name) === 0;
	return {
		secureContext: contextOf(contents, createSecureContext),
		rejectUnauthorized: root !== undefined,
		checkServerIdentity(_, certificate) {
			const { subject, subjectaltname: others } = certificate;
			// libpq looks for an address in the common name too, Node does not.
			const isAddress = !isNamed && !others && subject?.CN === name;
			return mode === "verify-full" && !isAddress
				? checkServerIdentity(name, certificate)
				: undefined;
		},
		// The client itself sends a name only if it connects to it.
		...(address !== undefined &&
			isNamed &&
			parameters.get("sslsni")?.text !== "0" && { servername: name }),
	};
}

/** The last context, because the system's authorities take 30 ms to read, during which nothing else is done. */
let last: { readonly key: string; readonly context: SecureContext } | undefined;

function contextOf(
	contents: SecureContextOptions,
	create: (contents: SecureContextOptions) => SecureContext,
): SecureContext {
	const key = JSON.stringify(contents);
	if (last?.key === key) return last.context;
	try {
		last = { key, context: create(contents) };
		return last.context;
	} catch (error) {
		throw new Error(
			`the files of sslrootcert, sslcrl, sslcert and sslkey cannot be used (${(error as Error).message}): correct them, or sslpassword, or the versions of TLS`,
		);
	}
}

type Version = NonNullable<ConnectionOptions["minVersion"]>;

function version(parameters: Parameters, end: "min" | "max") {
	const text = parameters.get(`ssl_${end}_protocol_version`)?.text;
	return text as Version | undefined;
}

/** Undefined: nothing is verified. Without `ca` the roots that Node itself has are used. */
async function rootCertificate(
	files: Files,
	mode: string,
): Promise<{ readonly ca?: string } | undefined> {
	const given = files.parameters.get("sslrootcert")?.text;
	if (given === "system") return systemRoots();
	const found = await optional(files, "sslrootcert", "root.crt");
	// Node takes an empty text as none, and would trust its own authorities.
	if (found?.text === "")
		throw new Error(
			`sslrootcert: ${found.path} is empty; put the certificate of the authority that signed the server's there, or name another file`,
		);
	if (found !== undefined) return { ca: found.text };
	if (!mode.startsWith("verify")) return undefined;
	const path = given ?? inHome(files, "root.crt");
	throw new Error(
		`sslmode=${mode} needs the certificate of the authority that signed the server's, and ${path} does not exist: put it there, name it in sslrootcert, or give sslrootcert=system for a public authority`,
	);
}

/** Where distributions keep the roots that OpenSSL uses. */
const SYSTEM_ROOTS = [
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
];

/** @throws Error if SSL_CERT_FILE, which OpenSSL reads in place of the others, cannot be read */
async function systemRoots(): Promise<{ readonly ca?: string }> {
	const named = process.env.SSL_CERT_FILE;
	if (named) {
		const ca = await readFile(named, "utf8").catch(refuseNamedRoots);
		if (ca === "") refuseNamedRoots(new Error(`${named} is empty`));
		return { ca };
	}
	for (const path of SYSTEM_ROOTS) {
		const ca = await readFile(path, "utf8").catch(() => undefined);
		if (ca) return { ca };
	}
	return {};
}

function refuseNamedRoots({ message }: Error): never {
	throw new Error(
		`the file of SSL_CERT_FILE cannot be read (${message}): correct the variable, or remove it for the system's own authorities`,
	);
}

async function clientCertificate(files: Files) {
	const { parameters } = files;
	if (parameters.get("sslcertmode")?.text === "disable") return {};
	const cert = await optional(files, "sslcert", "postgresql.crt");
	if (cert === undefined) return {};
	const key = await optional(files, "sslkey", "postgresql.key");
	if (key === undefined)
		throw new Error(
			`the client certificate ${cert.path} has no key: put it into ${inHome(files, "postgresql.key")}, or name it in sslkey`,
		);
	const { mode, uid } = await stat(key.path);
	// The server's rule too: root may share a key with a group.
	if ((mode & (uid === 0 ? 0o037 : 0o077)) !== 0)
		throw new Error(
			`the key ${key.path} is refused because others may read it: chmod 600 ${key.path}`,
		);
	const passphrase = parameters.get("sslpassword")?.text;
	return {
		cert: cert.text,
		key: key.text,
		...(passphrase !== undefined && { passphrase }),
	};
}

function inHome({ home }: Files, file: string): string {
	return join(home, ".postgresql", file);
}

/** A file that may be missing, as libpq allows it. @throws Error if it cannot be read */
async function optional(files: Files, name: string, byDefault: string) {
	const given = files.parameters.get(name)?.text;
	const path = given ?? inHome(files, byDefault);
	try {
		return { path, text: await readFile(path, "utf8") };
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		if (code === "ENOENT" || code === "ENOTDIR") return undefined;
		// supervisord and setpriv change the user and not HOME: nobody has put a file for this user there.
		if (code === "EACCES" && given === undefined) return undefined;
		throw new Error(
			`${name}: ${message}; let the proxy's user read the file, or name another one`,
		);
	}
}

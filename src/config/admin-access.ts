import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
	type AdminAddress,
	isLoopbackName,
	SOCKET_PATH_BYTES,
} from "./flag-values.js";
import { type Origin, type Surroundings, UsageError } from "./setting.js";

/** @throws {UsageError} for an address that others can reach without a token, and for too long a path */
export function checkedAddress(
	admin: AdminAddress,
	token: string | undefined,
	cwd: string,
): AdminAddress {
	if (admin.kind === "unix") {
		const path = resolve(cwd, admin.path);
		if (Buffer.byteLength(path) > SOCKET_PATH_BYTES)
			throw new UsageError(
				`--admin: ${path} is longer than ${SOCKET_PATH_BYTES} bytes, the limit for the path of a unix socket; choose a shorter one`,
			);
		return { kind: "unix", path };
	}
	if (token === undefined && !isLoopbackName(admin.host))
		throw new UsageError(
			`--admin: ${admin.host} is not loopback, so others can reach it: give a token by --admin-token-file FILE or ` +
				"GALAXY_PROXY_ADMIN_TOKEN, or listen on 127.0.0.1 or unix:PATH",
		);
	return admin;
}

/** Holds the token itself; a flag would show it in the process list. */
export const TOKEN_VARIABLE = "GALAXY_PROXY_ADMIN_TOKEN";
export const TOKEN_ORIGIN: Origin = {
	source: "environment",
	name: TOKEN_VARIABLE,
};

/**
 * Reads the token in --admin-token-file, else in the environment.
 * @throws {UsageError} if the file cannot be read, or the text is not a token
 */
export function readToken(
	path: string | undefined,
	env: Surroundings["env"],
): string | undefined {
	if (path !== undefined)
		return checkedToken(readFile(path), `--admin-token-file: ${path}`);
	const text = env[TOKEN_VARIABLE];
	return text ? checkedToken(text, TOKEN_VARIABLE) : undefined;
}

/** Printable ASCII, which an Authorization field allows (RFC 6750 2.1). */
function checkedToken(text: string, where: string): string {
	const token = text.trim();
	if (/^[\x21-\x7e]+$/.test(token)) return token;
	throw new UsageError(
		`${where} must hold one line of printable ASCII without spaces, for example of: openssl rand -hex 32`,
	);
}

function readFile(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch (error) {
		throw new UsageError(
			`--admin-token-file: ${(error as Error).message}; create it, readable by this user alone`,
		);
	}
}

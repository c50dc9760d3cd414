import { readFileSync } from "node:fs";
import { file, isLoopbackName } from "./flag-values.js";
import type { GalaxyFlags } from "./galaxy-flags.js";
import type { Readers } from "./readers.js";
import { UsageError } from "./setting.js";
import * as kinds from "./tool-values.js";

/** The settings of Interactive Tools alone. */
export interface ToolsConfig {
	/** "" or "/a/b": with a slash at its start, without one at its end and without double slashes. Tools by path are below it. */
	readonly proxyPathPrefix: string;
	/** Milliseconds between two looks at the map, where nothing reports its changes; 0 is never. */
	readonly pollingIntervalMs: number;
	/** The inner proxy of a double proxy; without one of the two the row's own counts. */
	readonly forwardIp: string | undefined;
	readonly forwardPort: number | undefined;
	/** Names of Galaxy's session cookies, which tools do not get. */
	readonly sessionCookies: readonly string[];
	/** Whether cookies that a tool by path sets are confined to its path. */
	readonly cookiePaths: kinds.CookiePaths;
	/** The Referrer-Policy of tools by domain that send none; "" adds none. */
	readonly referrerPolicy: string;
	/** X-Forwarded-Proto where the front proxy sends none. */
	readonly publicScheme: kinds.PublicScheme | undefined;
	/** Signs requests from the outer proxy of a double proxy to the inner one. Secret: never shown. */
	readonly forwardSecret: Buffer | undefined;
	/** Galaxy's own URL, without a slash at its end. */
	readonly galaxyUrl: string | undefined;
	/** Whether Galaxy is asked who owns a tool by path. */
	readonly checkOwner: boolean;
	readonly ownerCheckFailure: kinds.OwnerCheckFailure;
	/** Whether tools are found by host name too. */
	readonly domainTools: "on" | "off";
}

/** Always withheld; --session-cookie adds others. */
const GALAXY_SESSION = "galaxysession";

/**
 * @param hasMap false for the inner end of a double proxy
 * @throws {UsageError}
 */
export function readTools(
	{ value, valueOr, isOn }: Readers,
	ofGalaxy: GalaxyFlags,
	hasMap: boolean,
	resolved: (path: string) => string,
): ToolsConfig {
	const others = value("sessionCookie", kinds.cookieNames) ?? [];
	const secretFile = value("forwardSecretFile", file);
	const galaxyUrl = value("galaxyUrl", kinds.galaxyUrl);
	const checkOwner = isOn("checkOwner");
	if (checkOwner && galaxyUrl === undefined)
		throw new UsageError(
			"--check-owner needs --galaxy-url: give the URL of Galaxy, which is asked who owns a tool, for example --galaxy-url https://galaxy.example.org",
		);
	const forwardIp = value("forwardIp", kinds.forwardHost, ofGalaxy.forwardIp);
	const forwardPort = value(
		"forwardPort",
		kinds.forwardPort,
		ofGalaxy.forwardPort,
	);
	const isDouble = !hasMap || (forwardIp ?? forwardPort) !== undefined;
	if (secretFile !== undefined && !isDouble)
		throw new UsageError(
			"--forward-secret-file is for a double proxy: give --forwardIP and --forwardPort, the address of the inner proxy, or remove the flag",
		);
	const byToken = value("domainTools", kinds.domainTools) === "by-token";
	return {
		proxyPathPrefix: valueOr(
			"proxyPathPrefix",
			kinds.pathPrefix,
			ofGalaxy.proxyPathPrefix,
		),
		pollingIntervalMs: valueOr("pollingInterval", kinds.milliseconds),
		forwardIp,
		forwardPort,
		sessionCookies: [...new Set([GALAXY_SESSION, ...others])],
		cookiePaths: valueOr("cookiePaths", kinds.cookiePaths),
		referrerPolicy: valueOr("referrerPolicy", kinds.referrerPolicy),
		publicScheme: value("publicScheme", kinds.publicScheme),
		forwardSecret:
			secretFile === undefined ? undefined : readSecret(resolved(secretFile)),
		galaxyUrl,
		checkOwner,
		ownerCheckFailure: valueOr("ownerCheckFailure", kinds.ownerCheckFailure),
		domainTools: checkOwner && !byToken ? "off" : "on",
	};
}

/** A shorter secret could be guessed from signed requests. */
const SECRET_BYTES = 16;

/** By path: a secret is read once, since a reload may no longer be allowed to read the file, and a pipe is empty then. */
const secrets = new Map<string, Buffer>();

/** Line ends at the end do not count, because editors add them. @throws {UsageError} */
function readSecret(path: string): Buffer {
	const known = secrets.get(path);
	if (known !== undefined) return known;
	const give = `give a file with at least ${SECRET_BYTES} bytes, readable by this user alone, for example of: openssl rand -hex 32`;
	let bytes: Buffer;
	try {
		bytes = readFileSync(path);
	} catch (error) {
		throw new UsageError(
			`--forward-secret-file: ${(error as Error).message}; ${give}`,
		);
	}
	let end = bytes.length;
	while (end > 0 && (bytes[end - 1] === 10 || bytes[end - 1] === 13)) end--;
	if (end < SECRET_BYTES)
		throw new UsageError(
			`--forward-secret-file: ${path} holds ${end} bytes; ${give}`,
		);
	const secret = bytes.subarray(0, end);
	secrets.set(path, secret);
	return secret;
}

/** The networks without a route to the internet (RFC 1918, RFC 4193). */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/**
 * Where an inner proxy leads without --allow-target, since it obeys every client: to private addresses, and to this
 * machine's loopback if only this machine can ask. ip: where it listens.
 */
export function privateTargets(ip: string): readonly string[] {
	const isLocal = isLoopbackName(ip) || ip.startsWith("unix:");
	return isLocal ? [...PRIVATE, "127.0.0.0/8", "::1"] : PRIVATE;
}

/** The address of a session's container, as its row in the session map gives it. */
export interface Target {
	/** A host name, an IPv4 address, or an IPv6 address without brackets. */
	readonly host: string;
	/** 1 to 65535. */
	readonly port: number;
}

/**
 * The session key of a tool. A replaced token makes another session, so that nothing of the former one remains in use.
 * Neither part may contain a slash, or be empty.
 */
export function toolSession(key: string, token: string): string {
	return `${key}/${token}`;
}

/** The parts of a tool's session key; the token is empty if it is not one. */
export function partsOf(sessionKey: string): { key: string; token: string } {
	const slash = sessionKey.indexOf("/");
	if (slash < 0) return { key: sessionKey, token: "" };
	return {
		key: sessionKey.slice(0, slash),
		token: sessionKey.slice(slash + 1),
	};
}

/** So many characters are a part of a token that must not be shown. */
const PART = 6;

/** A path as the log may show it: without the segments that contain a part of the session's token. */
export function withoutToken(path: string, sessionKey: string): string {
	const { token } = partsOf(sessionKey);
	if (token === "") return path;
	const last = Math.max(0, token.length - PART);
	const parts = Array.from({ length: last + 1 }, (_, at) =>
		token.slice(at, at + PART),
	);
	return path
		.split("/")
		.map((text) => (parts.some((part) => text.includes(part)) ? "..." : text))
		.join("/");
}

/** How a tool that is reached by path wants to learn that path. It gets "/" and the rest of it unless pathInUrl is set. */
export interface ToolNeeds {
	/** requires_path_in_url: it gets the whole path. */
	readonly pathInUrl: boolean;
	/** requires_path_in_header_named: the name of the field that contains its own part of the path. */
	readonly pathHeader: string | undefined;
}

/** Something odd in a tool's row: its info cannot be read or names a field that must not be set, or its host is not a machine's address. */
export type RowFlaw = "info" | "header" | "any-address";

/** The session map's current answer for one session key. */
export type Route =
	/** tool: absent for environments, and for tools without such needs. */
	| {
			readonly kind: "target";
			readonly target: Target;
			readonly tool?: ToolNeeds;
			readonly flaw?: RowFlaw;
	  }
	/**
	 * The row has no port yet: Galaxy's swarm mode first writes localhost and the container's port negated. Of a tool: no
	 * host or no port, or the row asks for something that cannot be done. launch: differs for each start of the environment, as far as the row shows it.
	 */
	| {
			readonly kind: "not-ready";
			readonly launch?: string;
			readonly flaw?: RowFlaw;
	  }
	/** The row's container is gone: a later row has the same address. */
	| { readonly kind: "ended"; readonly target: Target }
	/** Several rows have this address, and it is unknown which of them was written last. */
	| { readonly kind: "contested"; readonly target: Target }
	/** Another server leads to this tool: in Kubernetes the ingress. */
	| { readonly kind: "elsewhere" }
	/** The map was read and has no such session. Of a tool: no such key, another token, or a row without a token. */
	| { readonly kind: "unknown" }
	/** The map cannot be read now or does not exist yet, and this session has no earlier route. */
	| { readonly kind: "unreadable" };

export const NOT_READY: Route = { kind: "not-ready" };
export const UNKNOWN: Route = { kind: "unknown" };
export const UNREADABLE: Route = { kind: "unreadable" };
export const ELSEWHERE: Route = { kind: "elsewhere" };

/**
 * Finds a session's route. A promise is returned only if the map must be read for it; it settles within about a second
 * and never rejects. A request that was sent after Galaxy's commit returned gets a route that includes the commit.
 * @param sincePoll the request's first byte had arrived when the event loop last polled, so that any look at the map since
 * then is recent enough
 */
export type Find = (
	sessionKey: string,
	sincePoll?: boolean,
) => Route | Promise<Route>;

/** The last good route that this process or another worker knows, without a wait for a map that cannot be read. */
export type FindLast = (sessionKey: string) => Promise<Route>;

/** A connection of the proxy to a session's container. */
export interface OpenConnection {
	readonly sessionKey: string;
	readonly target: Target;
	/** In milliseconds of performance.now(). */
	readonly openedAt: number;
	readonly refusals: Refusals;
}

/**
 * Whether the target accepted no connection at some time before this one was opened: before the container ever answered this
 * process, as while a container starts, or after it had answered. Then the former container may be gone.
 */
export type Refusals = "none" | "at first" | "after answers";

/** The oldest open connection of each session that has one, which shows that the session's container is alive. */
export type OpenConnections = () => Iterable<OpenConnection>;

/** The last known target of a session. */
export type SessionTarget = readonly [sessionKey: string, target: Target];

/**
 * Returns the sessions whose target may have changed; find() has the new one. A single read for all of them if the map
 * allows that, so that thousands of open tunnels cost milliseconds. A promise never rejects.
 */
export type MayHaveChanged = (
	targets: readonly SessionTarget[],
) => readonly string[] | Promise<readonly string[]>;

/**
 * The session key of a request to the inner end of a double proxy: its target, and what tells its client's connection
 * from others, so that no two of them share a connection to a container.
 */
export function forwardedSession(
	{ host, port }: Target,
	connection: number,
): string {
	return `${connection}/${host}/${port}`;
}

/** The route of such a session key. */
export function forwardedRoute(sessionKey: string): Route {
	const [, host, port] = sessionKey.split("/");
	if (host === undefined) return UNKNOWN;
	return { kind: "target", target: { host, port: Number(port) } };
}

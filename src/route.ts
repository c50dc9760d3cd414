/** Where a session's container listens, as its row in the session map says. */
export interface Target {
	/** A host name, an IPv4 address, or an IPv6 address without brackets. */
	readonly host: string;
	/** 1 to 65535. */
	readonly port: number;
}

/** "host:port"; an IPv6 address stands in brackets (RFC 3986 3.2.2). */
export function authorityOf({ host, port }: Target): string {
	return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** What the session map says of one session key, now. */
export type Route =
	| { readonly kind: "target"; readonly target: Target }
	/**
	 * The row is there, its port is not yet: Galaxy's swarm mode writes localhost and the container's port negated first.
	 * launch: another one for each time that the environment is started, as far as the row tells.
	 */
	| { readonly kind: "not-ready"; readonly launch?: string }
	/** The row's container is gone: a row that was written later leads to the same address. */
	| { readonly kind: "ended"; readonly target: Target }
	/** Rows lead to one address, and nobody knows which of them was written last. */
	| { readonly kind: "contested"; readonly target: Target }
	/** The map was read and has no such session. */
	| { readonly kind: "unknown" }
	/** The map cannot be read now, or is not there yet, and this session was never seen. */
	| { readonly kind: "unreadable" };

export const NOT_READY: Route = { kind: "not-ready" };
export const UNKNOWN: Route = { kind: "unknown" };
export const UNREADABLE: Route = { kind: "unreadable" };

/**
 * Asks the session map. The answer is at once where the map can tell at once, else a promise that settles within about
 * a second and never rejects. A request that was sent after Galaxy's commit returned gets an answer that knows of it.
 * @param sincePoll the request's first byte was there when the event loop last asked the system what is ready: any look at
 * the map since then, for whomever, is as good as one now
 */
export type Find = (
	sessionKey: string,
	sincePoll?: boolean,
) => Route | Promise<Route>;

/** Where a session's requests went when it was asked for last. */
export type Placed = readonly [sessionKey: string, target: Target];

/**
 * Of these sessions, those that may lead elsewhere now: find() tells where. One read for all of them where the map
 * allows that, so that thousands of open tunnels cost milliseconds.
 */
export type MayHaveChanged = (placed: readonly Placed[]) => readonly string[];

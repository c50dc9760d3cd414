import type { Mode } from "../mode.js";

/** The flags that decide how a request names its session. */
export interface NamingRules {
	readonly mode: Mode | "undecided";
	/** "" or a path without a slash at its end. */
	readonly proxyPathPrefix: string;
	/** Whether requests name their targets themselves, as the inner end of a double proxy gets them. */
	readonly isInner?: boolean;
}

/** The session that a request names. How it does so depends on the mode: cookie.ts and entry-point.ts. */
export interface Named {
	/** Empty if it names none, or one that no session can have. */
	readonly sessionKey: string;
	/** Different keys that it names as well. */
	readonly otherKeys: readonly string[];
	/** Of a tool alone. */
	readonly tool?: ToolRequest;
}

/** How a request reaches its tool. */
export interface ToolRequest {
	readonly by: "path" | "host";
	/** The tool's own path, "/prefix/KEY/TOKEN", without a slash at its end; "" by host. */
	readonly base: string;
	/** The same as sent: with more slashes, or in the form of older Galaxies. */
	readonly asked: string;
	/** The path and the query behind it, as a container gets them that does not know its path. Begins with one slash. */
	readonly rest: string;
	/** Whether the request's path ends with the token. */
	readonly lacksSlash: boolean;
}

export const NO_KEYS: readonly string[] = [];
export const UNNAMED: Named = { sessionKey: "", otherKeys: NO_KEYS };

import type { FindPage } from "../error-pages.js";
import type { Observer } from "../exchange-record.js";
import type { Field } from "../http1/fields.js";
import type { Find, MayHaveChanged } from "../route.js";
import type { CorsPolicy } from "../routing/admission.js";
import type { BoundaryOptions } from "../routing/boundary.js";
import type { ResponseRules } from "../routing/client-response.js";
import type { RequestRules } from "../routing/container-request.js";
import type { KnownBlocks } from "./request-reader.js";
import type { Clock } from "./socket.js";
import type { Lookup } from "./target-address.js";

/** When connections to containers are used again: --keep-alive. */
export type KeepAlive = "auto" | "always" | "never";

/** What the flags say. Times in milliseconds, 0 is never. */
export interface ProxyOptions
	extends Omit<RequestRules, "boundary" | "loopId">,
		Omit<ResponseRules, "boundary">,
		BoundaryOptions {
	/** "" or a path without a slash at its end: anything outside it is 404. */
	readonly proxyPrefix: string;
	/** Addresses, networks (CIDR) and the word "loopback": whose X-Forwarded fields are believed. */
	readonly trustProxy: readonly string[];
	readonly cors: CorsPolicy;
	readonly keepAlive: KeepAlive;
	/** Names in lower case, addresses and networks (CIDR) that targets may be at. */
	readonly allowTarget: "any" | readonly string[];
	/** Ports of this machine that no target may have: Galaxy's own, as far as they are known. */
	readonly closedPorts?: readonly number[];
	readonly connectTimeoutMs: number;
	readonly headTimeoutMs: number;
	readonly bodyTimeoutMs: number;
	readonly idleTimeoutMs: number;
	readonly responseTimeoutMs: number;
	readonly drainTimeoutMs: number;
	readonly maxClients: number;
}

/** The options, with the values that are derived from them once. */
export interface ActiveOptions
	extends ProxyOptions,
		RequestRules,
		ResponseRules {}

/** What a proxy is handed by the daemon around it. */
export interface ProxyParts {
	readonly find: Find;
	/** What a person is shown in place of a fault's text. */
	readonly page: FindPage;
	readonly mayHaveChanged: MayHaveChanged;
	/** Told of each exchange at its end. */
	readonly observe: Observer;
	/** Told of fields that a session's container sent to command a front proxy, and that were dropped. */
	readonly onFrontCommands?: (
		sessionKey: string,
		fields: readonly Field[],
	) => void;
	/** Told of a WebSocket whose page could not be judged, since a front proxy hides the name that was asked for. */
	readonly onUnjudgedOrigin?: () => void;
	/** Told of a throw inside one exchange, which was destroyed: a defect of ours. */
	readonly internalFault: (error: unknown) => void;
}

/** What all connections of one proxy share. */
export interface Context extends ProxyParts {
	/** Another object after a reload; nobody may keep what can change in one: the prefix. */
	options: ActiveOptions;
	readonly clock: Clock;
	readonly lookup: Lookup;
	readonly blocks: KnownBlocks;
	/** Whether this address and port is one that we listen on ourselves. */
	isOwnListener(address: string, port: number): boolean;
	/** Whether a target of this name may be connected to at this address and port. */
	isAllowed(host: string, address: string, port: number): boolean;
	/** Whether the daemon is ending: answers say Connection: close. */
	draining: boolean;
}

import type { FindPage } from "../error-pages.js";
import type { Observer } from "../exchange-record.js";
import type { Field } from "../http1/fields.js";
import type { Mode } from "../mode.js";
import type { Find, FindLast, MayHaveChanged } from "../route.js";
import type { CorsPolicy, Ports } from "../routing/admission.js";
import type { BoundaryOptions } from "../routing/boundary.js";
import type { ResponseRules } from "../routing/client-response.js";
import type { RequestRules } from "../routing/container-request.js";
import type { ToolOwners } from "../tool-owners.js";
import type { Progress } from "./progress.js";
import type { FieldBlocks } from "./request-reader.js";
import type { Clock } from "./socket.js";
import type {
	ForwardRules,
	Lookup,
	TargetAddresses,
	TargetRules,
} from "./target-address.js";

/** When connections to containers are used again: --keep-alive. */
export type KeepAlive = "auto" | "always" | "never";

/** The flags. Times in milliseconds, 0 is never. */
export interface ProxyOptions
	extends Omit<RequestRules, "boundary" | "loopId">,
		Omit<ResponseRules, "boundary">,
		BoundaryOptions,
		ForwardRules,
		TargetRules {
	/** The random end of the mark on our requests in CDN-Loop; absent: one of this process alone. */
	readonly mark?: string | undefined;
	/** Whether this is the inner end of a double proxy, which has no session map. */
	readonly isInner?: boolean;
	/** An outer proxy signs with it, an inner one obeys nothing else; undefined: no signatures. */
	readonly forwardSecret?: Buffer | undefined;
	/** undecided: no map has shown yet which of them it is; ReverseProxy.decide() follows. */
	readonly mode: Mode | "undecided";
	/** "" or a path without a slash at its end, below which tools are reached by path. */
	readonly proxyPathPrefix: string;
	/** off: tools are not reached by host. */
	readonly domainTools?: "on" | "off";
	/** Whether tools by path need a permission of ProxyParts.owners. */
	readonly checkOwner?: boolean;
	/** "" or a path without a slash at its end: anything outside it is 404. */
	readonly proxyPrefix: string;
	/** In the same form, the environments' path on Galaxy's origin; "" if it is unknown. Requests may be outside of it. */
	readonly ownPath: string;
	/** Addresses, networks (CIDR) and the word "loopback": peers whose X-Forwarded fields are trusted. */
	readonly trustProxy: readonly string[];
	readonly cors: CorsPolicy;
	readonly keepAlive: KeepAlive;
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
		ResponseRules {
	/** Whether this is the outer end of a double proxy: with --forwardIP or --forwardPort. */
	readonly isOuter: boolean;
}

/** The parts that the daemon provides. */
export interface ProxyParts {
	readonly find: Find;
	readonly findLast?: FindLast | undefined;
	/** Absent: it always can be read. */
	readonly isMapReadable?: () => boolean;
	/** The page that a person gets in place of a fault's text. */
	readonly page: FindPage;
	readonly mayHaveChanged: MayHaveChanged;
	/** Sessions in one question to mayHaveChanged(); undefined: a few. */
	readonly recheckedAtOnce?: number | undefined;
	/** Decides on the users of tools by path: needed with checkOwner. */
	readonly owners?: ToolOwners;
	/** Called once at the end of each exchange. */
	readonly observe: Observer;
	/** Called when a container sent fields that command a front proxy; they were dropped. */
	readonly onFrontCommands?: (
		sessionKey: string,
		fields: readonly Field[],
	) => void;
	/** Called for a WebSocket whose origin could not be checked, because a front proxy hides the requested host name. */
	readonly onUnverifiedOrigin?: () => void;
	/** Called when a container answered an upgrade 403, and only the ports of Origin and Host differ. */
	readonly onPortRefused?: (sessionKey: string, ports: Ports) => void;
	/** Called for a path of a tool that cannot be served without --proxyPathPrefix. */
	readonly onMissingPathPrefix?: () => void;
	/** Called before a request is read as long as the mode is undecided; calls ReverseProxy.decide() if it can be known. */
	readonly decideMode?: () => void;
	/** Called after decideMode() in vain: resolves when the mode is decided, or after a second. */
	readonly awaitMode?: () => Promise<void>;
	/** Called when a connection to a container has ended. */
	readonly onConnectionEnded?: (() => void) | undefined;
	/** Called when our own code threw inside an exchange, which was destroyed. */
	readonly internalFault: (error: unknown) => void;
}

/** Requests in flight and tunnels that the end of the daemon has cut. */
export interface Cut {
	requests: number;
	tunnels: number;
}

/** Shared by all connections of one proxy. */
export interface Context extends ProxyParts {
	/** Replaced by a reload, which may change ownPath alone. Read ownPath here each time. */
	options: ActiveOptions;
	readonly clock: Clock;
	/** Ends a wait for a peer that does not read: --body-timeout. */
	readonly progress: Progress;
	readonly lookup: Lookup;
	readonly addresses: TargetAddresses;
	readonly blocks: FieldBlocks;
	/** Whether the daemon is shutting down: answers say Connection: close. */
	isDraining: boolean;
	readonly cut: Cut;
	/** Whether tunnels have to end, new ones too: the drain's time for them is over. */
	areTunnelsOver: boolean;
}

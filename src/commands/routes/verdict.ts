import type { Config } from "../../config/config.js";
import { authorityOf } from "../../http1/request-head.js";
import { Lookup, TargetAddresses } from "../../proxy/target-address.js";
import type { Route, RowFlaw } from "../../route.js";

/** The proxy's treatment of a route's requests. */
export interface Verdict {
	readonly state:
		| "ready"
		| "not ready"
		| "refused"
		| "ended"
		| "contested"
		| "elsewhere"
		| "no token"
		/** Connections were tried, and nothing accepts them. */
		| "closed";
	/** "host:port", empty if there is none yet. */
	readonly target: string;
	/** Why the proxy refuses the target, or cannot connect to it; else empty. */
	readonly reason: string;
}

/** Returns no promise unless a name must be looked up first. */
export type Judge = (route: Route) => Verdict | Promise<Verdict>;

/** The reason of a route that leads back to the proxy. */
export const OWN_LISTENER = "the proxy's own listener";

const NO_CONTAINER =
	"no container may be there: add the address to --allow-target if one is";
/** Names whose addresses are kept. */
const KEPT_NAMES = 10_000;

interface Found {
	readonly addresses: readonly string[];
	/** Empty if there are addresses. */
	readonly error: string;
}

/** Applies the rules of a proxy with this configuration. */
export async function judgeOf(config: Config): Promise<Judge> {
	const { allowTarget } = config;
	const addressesOf = lookup();
	const { addresses } = await addressesOf(config.ip);
	const own = addresses.map((address) => ({ address, port: config.port }));
	const targets = new TargetAddresses(config, own);

	const reasonFor = (host: string, port: number, found: Found): string => {
		// If all targets are allowed, an unknown name is not refused: it may resolve when a request comes.
		if (found.error !== "") return allowTarget === "any" ? "" : found.error;
		const allowed = found.addresses.filter((each) =>
			targets.isListed(host, each),
		);
		if (allowed.length === 0) return "outside --allow-target";
		if (allowed.some((each) => targets.isOwnListener(each, port)))
			return OWN_LISTENER;
		return allowed.some((each) => targets.isOpen(each, port))
			? ""
			: NO_CONTAINER;
	};

	return (route) => {
		if (!("target" in route)) return withoutTarget(route);
		const target = authorityOf(route.target);
		if (route.kind !== "target")
			return { state: route.kind, target, reason: "" };
		const { host, port } = route.target;
		const verdict = (found: Found): Verdict => {
			const reason = reasonFor(host, port, found);
			return { state: reason === "" ? "ready" : "refused", target, reason };
		};
		const found = addressesOf(host);
		return found instanceof Promise ? found.then(verdict) : verdict(found);
	};
}

const FLAWS: Readonly<Record<RowFlaw, string>> = {
	info: "its info cannot be read",
	header: "it asks for a field that may not be set",
	"any-address": "",
};

function withoutTarget(route: Route): Verdict {
	if (route.kind === "elsewhere")
		return { state: "elsewhere", target: "", reason: "" };
	if (route.kind === "unknown")
		return { state: "no token", target: "", reason: "" };
	const flaw = route.kind === "not-ready" ? route.flaw : undefined;
	const reason = flaw === undefined ? "" : FLAWS[flaw];
	return { state: "not ready", target: "", reason };
}

/** Looks each name up once. */
function lookup(): (host: string) => Found | Promise<Found> {
	const resolver = new Lookup();
	const kept = new Map<string, Found>();
	return (host) => {
		const known = kept.get(host);
		if (known !== undefined) return known;
		return new Promise((resolve) =>
			resolver.find(host, (addresses, failure) => {
				const error = failure
					? `its name is not found (${failure.message})`
					: "";
				const found = { addresses, error };
				if (kept.size === KEPT_NAMES) kept.clear();
				kept.set(host, found);
				resolve(found);
			}),
		);
	};
}

import type { Config } from "../../config/config.js";
import {
	allowanceOf,
	isAt,
	Lookup,
	placesOpenTo,
} from "../../proxy/target-address.js";
import { authorityOf, type Route, type Target } from "../../route.js";

/** What the proxy makes of a route. */
export interface Verdict {
	readonly state: "ready" | "not ready" | "refused" | "ended" | "contested";
	/** "host:port", empty where there is none yet. */
	readonly target: string;
	/** Why the proxy refuses the target itself, else empty. */
	readonly reason: string;
}

/** The reason of a route that leads back to the proxy. */
export const OWN_LISTENER = "the proxy's own listener";

const NO_CONTAINER =
	"no container may be there: add the address to --allow-target if one is";

/** At once where no name has to be looked up first. */
export type Judge = (route: Route) => Verdict | Promise<Verdict>;

/** Names looked up before that are kept. */
const KEPT_NAMES = 10_000;

/** The proxy's own rules, as it would apply them with these flags. */
export async function judgeOf(config: Config): Promise<Judge> {
	const isAllowed = allowanceOf(config.allowTarget);
	const mayLead = placesOpenTo(config.allowTarget, config.closedPorts);
	const addressesOf = lookup();
	const own = (await addressesOf(config.ip)).addresses.map((address) => ({
		address,
		port: config.port,
	}));

	function judge({ host, port }: Target, found: Found): string {
		// Where any place is allowed, a name that is not found is no refusal: it may be found when a request comes.
		if (found.error !== "")
			return config.allowTarget === "any" ? "" : found.error;
		const allowed = found.addresses.filter((each) => isAllowed(host, each));
		if (allowed.length === 0) return "outside --allow-target";
		const isOwn = allowed.some((each) =>
			own.some((at) => isAt(at, each, port)),
		);
		if (isOwn) return OWN_LISTENER;
		return allowed.some((each) => mayLead(each, port)) ? "" : NO_CONTAINER;
	}

	return (route) => {
		if (route.kind === "ended" || route.kind === "contested")
			return {
				state: route.kind,
				target: authorityOf(route.target),
				reason: "",
			};
		if (route.kind !== "target")
			return { state: "not ready", target: "", reason: "" };
		const target = authorityOf(route.target);
		const verdict = (reason: string): Verdict => ({
			state: reason === "" ? "ready" : "refused",
			target,
			reason,
		});
		const found = addressesOf(route.target.host);
		return found instanceof Promise
			? found.then((later) => verdict(judge(route.target, later)))
			: verdict(judge(route.target, found));
	};
}

interface Found {
	readonly addresses: readonly string[];
	/** Empty where there are addresses. */
	readonly error: string;
}

/** Each name is looked up once. */
function lookup(): (host: string) => Found | Promise<Found> {
	const resolver = new Lookup();
	const kept = new Map<string, Found>();
	return (host) => {
		const known = kept.get(host);
		if (known !== undefined) return known;
		return new Promise((resolve) =>
			resolver.find(host, (fault, addresses) => {
				const error =
					fault === null ? "" : `its name is not found (${fault.message})`;
				const found = { addresses, error };
				if (kept.size === KEPT_NAMES) kept.clear();
				kept.set(host, found);
				resolve(found);
			}),
		);
	};
}

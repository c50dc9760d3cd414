import type { Settings } from "../../config/config.js";
import { HttpClient } from "./http-client.js";

/** The front proxy, as browsers reach it. */
export type Front = ReturnType<typeof frontOf>;

/**
 * Places below the prefix that front proxies treat differently, and their names in findings: the configuration in Galaxy's
 * documentation has a separate location for Jupyter's kernels.
 */
export const PLACES = [
	["", "/doctor"],
	["below .../api/kernels ", "/jupyter/ipython/api/kernels/doctor"],
] as const;

export const RAISE_BODY =
	"Larger uploads and notebooks fail. nginx: client_max_body_size 0; Apache: LimitRequestBody 0, in the location of the environments.";

/** @param url Galaxy's address */
export function frontOf(
	url: URL,
	{ config, galaxy }: Settings,
	signal: AbortSignal,
) {
	const usual = `${url.pathname.replace(/\/+$/, "")}/gie_proxy`;
	return {
		url,
		/** The path above all environments: --proxy-prefix, or as in Galaxy's file, or Galaxy's default below its address. */
		prefix: config.ownPath || usual,
		/** Of the session cookie. */
		cookieName: config.cookie,
		/** With --config. */
		galaxy,
		client: new HttpClient({ origin: url.origin }, signal),
	};
}

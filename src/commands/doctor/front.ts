import {
	environmentsPath,
	type GalaxySettings,
	type Settings,
} from "../../config/config.js";
import { HttpClient } from "./http-client.js";

/** The front proxy, as browsers reach it. */
export interface Front {
	/** Galaxy's address. */
	readonly url: URL;
	/** The path above all environments: "/galaxy/gie_proxy". */
	readonly prefix: string;
	/** Of the session cookie. */
	readonly cookieName: string;
	/** With --config. */
	readonly galaxy: GalaxySettings | undefined;
	readonly client: HttpClient;
}

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

/** The prefix is --proxy-prefix, or the one in Galaxy's file, or Galaxy's default below its address. */
export function frontOf(
	url: URL,
	{ config, galaxy }: Settings,
	signal: AbortSignal,
): Front {
	const usual = `${url.pathname.replace(/\/+$/, "")}/gie_proxy`;
	const ofGalaxy = galaxy ? environmentsPath(galaxy) : usual;
	return {
		url,
		prefix: config.proxyPrefix || ofGalaxy,
		cookieName: config.cookie,
		galaxy,
		client: new HttpClient({ origin: url.origin }, signal),
	};
}

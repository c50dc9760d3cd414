import type { GalaxySettings, Settings } from "../../config/config.js";
import { HttpClient } from "./http-client.js";

/** A way through the front proxy, as browsers take it. */
export interface Front {
	/** The address that browsers ask. Of environments it is Galaxy's. */
	readonly url: URL;
	/** The path below which all requests are. */
	readonly prefix: string;
	/** The part of that path that containers get. */
	readonly received: string;
	readonly client: HttpClient;
	readonly places: readonly Place[];
	/** Whose requests take this way, as remedies call them. */
	readonly of: "environments" | "tools";
}

/** A name in findings, which is empty or ends with a space, and a path below the prefix. */
export type Place = readonly [where: string, path: string];

/** The way to environments. */
export interface EnvironmentsFront extends Front {
	/** The name of the session cookie. */
	readonly cookieName: string;
	/** With --config. */
	readonly galaxy: GalaxySettings | undefined;
}

/** Front proxies treat them differently: the configuration in Galaxy's documentation has a separate location for Jupyter's kernels. */
const ENVIRONMENT_PLACES: readonly Place[] = [
	["", "/doctor"],
	["below .../api/kernels ", "/jupyter/ipython/api/kernels/doctor"],
];

/** The first place's name in findings. */
export function placeOf({ places: [first] }: Front): string {
	return first?.[0] ?? "";
}

export function raiseBody({ of }: Front): string {
	return `Larger uploads and notebooks fail. nginx: client_max_body_size 0; Apache: LimitRequestBody 0, in the location of the ${of}.`;
}

/** @param url Galaxy's address */
export function frontOf(
	url: URL,
	{ config, galaxy }: Settings,
	signal: AbortSignal,
): EnvironmentsFront {
	const usual = `${url.pathname.replace(/\/+$/, "")}/gie_proxy`;
	// --proxy-prefix, or as in Galaxy's file, or Galaxy's default below its address.
	const prefix = config.ownPath || usual;
	return {
		url,
		prefix,
		received: prefix,
		cookieName: config.cookie,
		galaxy,
		client: new HttpClient({ origin: url.origin }, signal),
		places: ENVIRONMENT_PLACES,
		of: "environments",
	};
}

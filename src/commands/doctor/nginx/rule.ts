import type { MapConfig } from "../../../config/config.js";
import type { Verdict } from "../finding.js";
import type { ProxyBlock } from "./blocks.js";
import type { Directive } from "./syntax.js";

/** Doctor's knowledge from other sources than the configuration. */
export interface Known {
	readonly config: MapConfig;
	/** Galaxy's address, if it is known. */
	readonly url: URL | undefined;
	/** nginx's version, if it is known. */
	readonly version: string | undefined;
	/** The name of the request field in which Galaxy expects the user, if it does. */
	readonly userField: string | undefined;
	/** Galaxy's own address, host:port or unix:PATH, if it is known. */
	readonly galaxyAddress?: string | undefined;
	/** Whether links to tools have the host of interactivetools_proxy_host, whatever Host Galaxy gets. */
	readonly isHostFixed?: boolean | undefined;
}

/** A problem of one block. */
export interface Fault {
	readonly verdict: Exclude<Verdict, "good" | "unchecked">;
	readonly what: string;
	/** The lines to write, or what to do with the line at `at`. */
	readonly remedy: string;
	/** The directive that is wrong; the location if one is missing. */
	readonly at?: Directive | undefined;
}

/** A demand on a block. */
export type Rule = (block: ProxyBlock, known: Known) => Fault | undefined;

import type { Config } from "../config/config.js";
import type { Group } from "../group.js";
import type { Log } from "../log/log.js";
import type { OwnerCheck } from "../owner-check/owner-check.js";
import type { ReverseProxy } from "../proxy/proxy.js";
import type { Warnings } from "./warnings.js";

interface Parts {
	readonly proxy: ReverseProxy;
	readonly warnings: Warnings;
	readonly log: Log;
	/** In a worker: the others. */
	readonly group: Group | undefined;
}

/** @returns undefined without --check-owner: then nothing of the check is loaded */
export async function openOwnerCheck(
	config: Config,
	{ proxy, warnings, log, group }: Parts,
): Promise<OwnerCheck | undefined> {
	const { checkOwner, galaxyUrl, ownerCheckFailure, sessionCookies } = config;
	if (!checkOwner || galaxyUrl === undefined) return undefined;
	if (config.proxyPathPrefix === "" && config.domainTools === "off")
		log.warn(
			{},
			"with --check-owner tools are reached by path alone, and no path leads to them: start with --proxyPathPrefix",
		);
	const { OwnerCheck } = await import("../owner-check/owner-check.js");
	const owners = new OwnerCheck(
		{ galaxyUrl, sessionCookies, onFailure: ownerCheckFailure },
		{
			isTrusted: (address) => proxy.isTrusted(address),
			group,
			inUse: () => proxy.admissions(),
			withdraw: (admission, code) => proxy.withdraw(admission, code),
			onState: (failure) => warnings.ownerCheck(failure),
		},
	);
	proxy.use({ owners });
	return owners;
}

import type { Config } from "../config/config.js";
import type { OwnerCheck } from "../owner-check/owner-check.js";
import type { ReverseProxy } from "../proxy/proxy.js";
import type { Warnings } from "./warnings.js";

/** @returns undefined without --check-owner: then nothing of the check is loaded */
export async function openOwnerCheck(
	{ checkOwner, galaxyUrl, ownerCheckFailure, sessionCookies }: Config,
	{ proxy, warnings }: { proxy: ReverseProxy; warnings: Warnings },
): Promise<OwnerCheck | undefined> {
	if (!checkOwner || galaxyUrl === undefined) return undefined;
	const { OwnerCheck } = await import("../owner-check/owner-check.js");
	const owners = new OwnerCheck(
		{ galaxyUrl, sessionCookies, onFailure: ownerCheckFailure },
		{
			isTrusted: (address) => proxy.isTrusted(address),
			inUse: () => proxy.admissions(),
			withdraw: (admission, code) => proxy.withdraw(admission, code),
			onState: (failure) => warnings.ownerCheck(failure),
		},
	);
	proxy.use({ owners });
	return owners;
}

import type { TestContext } from "node:test";
import { OwnerCheck } from "../../src/owner-check/owner-check.js";
import { type GalaxyApiServer, startGalaxyApi } from "../support/galaxy-api.js";
import type { StartOptions } from "../support/proxy.js";
import { KEY, startToolChain, type ToolChain } from "../support/tools.js";

export const ANNA = "Cookie: galaxysession=anna";
export const BEN = "Cookie: galaxysession=ben";

type ChainOptions = Parameters<typeof startToolChain>[1];

/** A client, a proxy that checks owners, the container of anna's tool, and a Galaxy that knows anna and ben. */
export async function startCheckedChain(
	t: TestContext,
	options: ChainOptions & StartOptions = {},
): Promise<ToolChain & { galaxy: GalaxyApiServer }> {
	const galaxy = await startGalaxyApi(t);
	galaxy.entryPoints.set(KEY, { owner: "anna", state: "active" });
	galaxy.others.add("ben");
	const checked = { checkOwner: true, domainTools: "off", ...options } as const;
	const chain = await startToolChain(t, checked);
	const { proxy } = chain.proxy;
	const owners = new OwnerCheck(
		{
			galaxyUrl: galaxy.url,
			sessionCookies: ["galaxysession"],
			onFailure: "recent",
		},
		{
			isTrusted: (address) => proxy.isTrusted(address),
			inUse: () => proxy.admissions(),
			withdraw: (admission, code) => proxy.withdraw(admission, code),
			onState: () => undefined,
		},
	);
	t.after(() => owners.close());
	proxy.use({ owners });
	return { ...chain, galaxy };
}

import type { TestContext } from "node:test";
import type { FaultCode } from "../../src/faults.js";
import {
	OwnerCheck,
	type OwnerCheckOptions,
} from "../../src/owner-check/owner-check.js";
import { toolSession } from "../../src/route.js";
import type { Admission } from "../../src/tool-owners.js";
import { type GalaxyApiServer, startGalaxyApi } from "../support/galaxy-api.js";
import { KEY, TOKEN } from "../support/tools.js";

export const SESSION = toolSession(KEY, TOKEN);

/** A Galaxy in which anna owns the tool, and a check that asks it. */
export interface StartedCheck {
	readonly galaxy: GalaxyApiServer;
	readonly check: OwnerCheck;
	/** What the check has told of Galaxy. */
	readonly states: (string | undefined)[];
	/** Admissions of open tunnels. */
	readonly inUse: Set<Admission>;
	readonly withdrawn: [Admission, FaultCode][];
	/** The verdict on a request with this Cookie line: "admitted" or a fault. */
	ask(cookie: string | undefined, from?: Asking): Promise<string>;
}

interface Asking {
	readonly sessionKey?: string;
	readonly address?: string;
	readonly trusted?: boolean;
	/** Further fields. */
	readonly fields?: readonly (readonly [name: string, value: string])[];
}

export async function startCheck(
	t: TestContext,
	options: Partial<OwnerCheckOptions> & { base?: string } = {},
): Promise<StartedCheck> {
	const { base, ...flags } = options;
	const galaxy = await startGalaxyApi(t, base);
	galaxy.entryPoints.set(KEY, { owner: "anna", state: "active" });
	const states: StartedCheck["states"] = [];
	const inUse = new Set<Admission>();
	const withdrawn: [Admission, FaultCode][] = [];
	const check = new OwnerCheck(
		{
			galaxyUrl: galaxy.url,
			sessionCookies: ["galaxysession"],
			onFailure: "recent",
			...flags,
		},
		{
			isTrusted: (address) => address.startsWith("127."),
			inUse: () => inUse,
			withdraw(admission, code) {
				inUse.delete(admission);
				withdrawn.push([admission, code]);
			},
			onState: (failure) => states.push(failure),
		},
	);
	t.after(() => check.close());
	async function ask(cookies: string | undefined, from: Asking = {}) {
		const list = (from.fields ?? []).map(([name, value]) => ({ name, value }));
		const verdict = await check.check({
			sessionKey: from.sessionKey ?? SESSION,
			block: { fields: { list, cookies } },
			peer: {
				address: from.address ?? "192.0.2.1",
				trusted: from.trusted ?? false,
			},
		});
		return typeof verdict === "string" ? verdict : "admitted";
	}
	return { galaxy, check, states, inUse, withdrawn, ask };
}

/** Lets the clock of this process go faster: later() adds milliseconds to it. */
export function movableClock(t: TestContext): { later(ms: number): void } {
	const now = performance.now.bind(performance);
	let added = 0;
	t.mock.method(performance, "now", () => now() + added);
	return {
		later(ms) {
			added += ms;
		},
	};
}

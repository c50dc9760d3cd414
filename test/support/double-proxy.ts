import type { TestContext } from "node:test";
import { forwardedRoute } from "../../src/route.js";
import { connect, type RawClient } from "./client.js";
import { type RunningProxy, type StartOptions, startProxy } from "./proxy.js";
import { TOOL_FLAGS } from "./tools.js";

/** The inner end of a double proxy, in this process, which leads to loopback. */
export function startInner(
	t: TestContext,
	flags: StartOptions = {},
): Promise<RunningProxy> {
	return startProxy(
		t,
		{},
		{
			mode: "gxit",
			isInner: true,
			cors: "none",
			allowTarget: ["127.0.0.0/8"],
			find: forwardedRoute,
			...flags,
		},
	);
}

/** Both ends, and a client of the outer one; secrets: the outer end's and the inner end's. */
export async function startDouble(
	t: TestContext,
	[forwardSecret, innerSecret]: readonly (Buffer | undefined)[] = [],
): Promise<{ outer: RunningProxy; inner: RunningProxy; client: RawClient }> {
	const inner = await startInner(t, { forwardSecret: innerSecret });
	const forward = { forwardIp: "127.0.0.1", forwardPort: inner.port };
	const flags = { ...TOOL_FLAGS, ...forward, forwardSecret };
	const outer = await startProxy(t, {}, flags);
	return { outer, inner, client: await connect(t, outer.port) };
}

import type { Config } from "../config/config.js";
import type { Log } from "../log/log.js";
import { forwardedRoute } from "../route.js";
import type { SessionMap } from "../session-map/session-map.js";

/** The inner end of a double proxy has no session map: each request names its own target, which never changes. */
export const REQUESTS_AS_MAP: SessionMap = {
	find: forwardedRoute,
	mayHaveChanged: () => [],
	state: () => ({ readable: true, reason: "" }),
	counts: () => ({ ended: 0, contested: 0 }),
	look: () => {},
	connectionEnded: undefined,
	close: () => Promise.resolve(),
};

/** Says what an inner proxy may be used for, and by whom. */
export function introduceInnerProxy(
	log: Log,
	{ allowTarget, forwardSecret }: Config,
): void {
	const reach = allowTarget === "any" ? "any address" : allowTarget.join(", ");
	if (forwardSecret === undefined)
		log.warn(
			{ reach },
			"without --sessions this is the inner end of a double proxy: whoever reaches it reaches these addresses through it; let only the outer proxy reach its port, or give both --forward-secret-file",
		);
	else
		log.info(
			{ reach },
			"without --sessions this is the inner end of a double proxy: it obeys requests that are signed with --forward-secret-file",
		);
}

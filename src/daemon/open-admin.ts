import type { AdminListener } from "../admin/admin-listener.js";
import type { Observatory, Views } from "../admin/statistics.js";
import type { Config } from "../config/config.js";
import type { Observer } from "../exchange-record.js";
import type { Log } from "../log/log.js";
import type { ReverseProxy } from "../proxy/proxy.js";

/** Nothing is counted, and nothing for it loaded, unless there is a listener to see it at. */
export async function observatoryFor(
	config: Config,
	views: Views,
): Promise<Observatory | null> {
	if (config.admin === null) return null;
	const { Observatory } = await import("../admin/statistics.js");
	return new Observatory(views);
}

export function observerOf(
	logged: Observer,
	seen: Observatory | null,
): Observer {
	if (seen === null) return logged;
	return (exchange) => {
		logged(exchange);
		seen.observe(exchange);
	};
}

/** What the admin listener shows, and to whom it is made known. */
interface Parts {
	readonly proxy: ReverseProxy;
	readonly log: Log;
	readonly seen: Observatory | null;
	onFault(error: unknown): void;
}

/** Once the daemon serves, because it takes longer to load. */
export async function openAdmin(
	{ admin: address, adminToken: token }: Config,
	{ proxy, log, seen, onFault }: Parts,
): Promise<AdminListener | null> {
	if (address === null || seen === null) return null;
	const { openAdmin } = await import("../admin/admin.js");
	const listener = await openAdmin(seen, { address, token, onFault });
	for (const own of listener.at) {
		proxy.refuseTarget(own);
		log.info(own, "admin listening");
	}
	if (address.kind === "unix")
		log.info({ path: address.path }, "admin listening");
	return listener;
}

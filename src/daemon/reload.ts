import { type Config, UsageError } from "../config/config.js";
import { isSameDatabase } from "../database.js";
import { continueLog, type Log } from "../log/log.js";
import type { ErrorPages } from "../pages/pages.js";
import type { ReverseProxy } from "../proxy/proxy.js";
import type { SessionMap } from "../session-map/session-map.js";

/** Settings of Galaxy's file that only a restart can change. Its others take effect on reload. */
const NEEDS_RESTART = [
	"ip",
	"port",
	"sessions",
	"withhold",
	"withholdBasic",
	"closedPorts",
	"proxyPathPrefix",
	"forwardIp",
	"forwardPort",
] as const;

interface Parts {
	readonly log: Log;
	readonly proxy: ReverseProxy;
	readonly map: SessionMap;
	readonly pages: ErrorPages;
	/** The Config as it would be now; throws if that is invalid. */
	readonly readConfig: () => Config;
	readonly logExchanges: (verbose: boolean) => void;
}

/** Makes the functions for SIGUSR1 and SIGHUP. The latter reads Galaxy's file and the pages again and checks the map as well. */
export function reloader(config: Config, parts: Parts) {
	const { log, pages, map } = parts;
	let active = config;
	return { reload, reopenLog };
	function reopenLog(): void {
		continueLog(log, config.logFile);
	}
	function reload(): void {
		reopenLog();
		attempt(() => {
			active = applyChanges(active, parts);
		}, "the configuration is invalid, so the previous one stays active: correct it, check it with galaxy-proxy config --check, reload again");
		attempt(
			() => pages.reload(),
			"the pages of --error-pages cannot be read; still showing the old ones",
		);
		map.look();
		log.info({}, "reloaded");
	}
	function attempt(work: () => void, failure: string): void {
		try {
			work();
		} catch (err) {
			const isExplained = err instanceof UsageError;
			log.error(isExplained ? { reason: err.message } : { err }, failure);
		}
	}
}

/** Returns the active configuration. An invalid configuration is rejected as a whole and the previous one stays active. */
function applyChanges(active: Config, parts: Parts): Config {
	const { log, proxy } = parts;
	const read = parts.readConfig();
	const { ownPath, verbose } = read;
	if (ownPath !== active.ownPath) {
		proxy.useOwnPath(ownPath);
		log.info({ proxyPrefix: ownPath }, "prefix changed");
	}
	if (verbose !== active.verbose) {
		parts.logExchanges(verbose);
		log.info({ verbose }, "log level changed");
	}
	const hasNewUrl = !isSameDatabase(read.database, active.database);
	const waiting = NEEDS_RESTART.filter(
		(name) =>
			JSON.stringify(read[name]) !== JSON.stringify(active[name]) ||
			// The password of its URL is not shown.
			(name === "sessions" && hasNewUrl),
	);
	if (waiting.length > 0)
		log.warn(
			Object.fromEntries(waiting.map((name) => [name, read[name]])),
			"these settings changed and need a restart",
		);
	return { ...active, ownPath, verbose };
}

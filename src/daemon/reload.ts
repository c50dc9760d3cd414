import { type Config, UsageError } from "../config/config.js";
import type { Log } from "../log/log.js";
import type { ErrorPages } from "../pages/pages.js";
import type { ReverseProxy } from "../proxy/proxy.js";
import type { SessionMap } from "../session-map/session-map.js";

/** What Galaxy's file can say that only a start can follow. What else it says is followed at once. */
const AT_A_START = [
	"ip",
	"port",
	"sessions",
	"withhold",
	"withholdBasic",
	"closedPorts",
] as const;

interface Parts {
	readonly log: Log;
	readonly proxy: ReverseProxy;
	/** Null until it was opened. */
	map(): SessionMap | null;
	/** Null until they were opened. */
	pages(): ErrorPages | null;
	/** What the Config would be now; throws where that is wrong. */
	read(): Config;
	logExchanges(verbose: boolean): void;
}

/** What SIGHUP does: the log file was moved, the map may have been, Galaxy's file and the pages may have been edited. */
export function reloading(config: Config, parts: Parts): () => void {
	let inForce = config;
	return () => {
		reopen(parts.log);
		inForce = follow(inForce, parts);
		readPages(parts);
		parts.map()?.verify();
		parts.log.info({}, "reloaded");
	};
}

function reopen(log: Log): void {
	try {
		log.reopen();
	} catch (err) {
		log.error(
			{ err },
			"the log file cannot be opened anew: check --log-file and its folder; the old one is written on",
		);
	}
}

function readPages({ log, pages }: Parts): void {
	try {
		pages()?.reload();
	} catch (err) {
		log.error(
			{ err },
			"the pages of --error-pages cannot be read anew; the old ones are shown on",
		);
	}
}

/** Returns what is in force now. Nothing of a configuration that is wrong somewhere comes into force. */
function follow(inForce: Config, parts: Parts): Config {
	const { log, proxy } = parts;
	let read: Config;
	try {
		read = parts.read();
	} catch (err) {
		log.error(
			err instanceof UsageError ? { reason: err.message } : { err },
			"the configuration cannot be used, the one in force stays: mend it, try it with galaxy-proxy config --check, reload again",
		);
		return inForce;
	}

	const { proxyPrefix, verbose } = read;
	if (proxyPrefix !== inForce.proxyPrefix) {
		proxy.serveBelow(proxyPrefix);
		log.info({ proxyPrefix }, "the prefix has changed");
	}
	if (verbose !== inForce.verbose) {
		parts.logExchanges(verbose);
		log.info({ verbose }, "what is logged has changed");
	}
	const waiting = AT_A_START.filter(
		(name) => JSON.stringify(read[name]) !== JSON.stringify(inForce[name]),
	);
	if (waiting.length > 0)
		log.warn(
			Object.fromEntries(waiting.map((name) => [name, read[name]])),
			"these settings have changed and need a restart",
		);
	return { ...inForce, proxyPrefix, verbose };
}

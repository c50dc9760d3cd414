import { FAULTS_A_MINUTE } from "../limits.js";
import { type Log, rateLimited } from "../log/log.js";
import { sessionLabel } from "../log/session-label.js";
import type { RowFlaw } from "../route.js";
import { withoutToken } from "../route.js";
import type { DatabaseNotice } from "../session-map/postgres/postgres-map.js";
import type { Conflicts } from "../session-map/session-map.js";

/** Contested addresses that are remembered, so that each is logged once. */
const MOST_CONFLICTS = 1_000;
/** Sessions that are remembered, so that the front commands of each are logged once. */
const MOST_SESSIONS = 10_000;
/** Characters of a front command's value that are logged. */
const SHOWN = 200;

const ODD_ROWS: Readonly<Record<RowFlaw, string>> = {
	info: "the info of this tool's row cannot be read, so the tool is not ready: find out which program wrote it",
	header:
		"this tool's row asks for a field that may not be set, so the tool is not ready: correct requires_path_in_header_named in the tool",
	"any-address":
		"the host in a tool's row means all addresses (0.0.0.0 or ::), and is taken as this machine: let Galaxy's container_monitor_get_ip_method name the container's host",
};

const SCAN_FAILS =
	"the session map is so large that a second connection reads it completely, which fails, so";

const NOTICES: Readonly<Record<DatabaseNotice, string>> = {
	pooled:
		"no notifications come from the session map's database, as behind pgbouncer in transaction mode: the map is looked at every --pollingInterval, and statements are not prepared; give a URL that leads to the server itself",
	unindexed:
		"the session map is too large to find the rows that have one address, so a row whose address was given to another container is still served: make the index with galaxy-proxy routes install-trigger",
	unscanned: `${SCAN_FAILS} a row whose address was given to another container is still served: make the index with galaxy-proxy routes install-trigger, and let the database's user have two connections for each worker`,
	uncounted: `${SCAN_FAILS} the counts of rows and conflicts are out of date: let the database's user have two connections for each worker, or remove left-over rows`,
};

interface FrontCommand {
	readonly name: string;
	readonly value: string;
}

/** Ports of a WebSocket's Origin and Host, each "" if there is none. */
interface SeenPorts {
	readonly origin: string;
	readonly host: string;
}

/** Counts and logs problems that are not the end of an exchange. Counting begins before the log is open. */
export class Warnings {
	internalFaults = 0;
	acceptFailures = 0;
	/** Fields by which containers tried to command a front proxy. */
	frontCommands = 0;
	#log: Log | undefined;
	/** The same log, for lines that may come many times a second. */
	#limited: Log | undefined;
	#isUnverifiedOriginLogged = false;
	#isPathPrefixLogged = false;
	#isTokenlessLogged = false;
	/** Whether the map had rows in conflict before: only the first can show that hosts share it. */
	#hadConflicts = false;
	readonly #conflicts = new Set<string>();
	readonly #oddRows = new Set<string>();
	readonly #commanding = new Set<string>();
	readonly #refusing = new Set<string>();
	readonly #notices = new Set<DatabaseNotice>();

	logTo(log: Log): void {
		this.#log = log;
		this.#limited = rateLimited(log, FAULTS_A_MINUTE);
	}

	internalFault(err: unknown): void {
		this.internalFaults++;
		this.#limited?.error({ err }, "internal fault");
	}

	acceptFailed(err: Error): void {
		this.acceptFailures++;
		this.#limited?.error(
			{ err },
			"a client could not be accepted: raise the open file limit",
		);
	}

	/** Logs the fields of one response by which a container tried to command a front proxy; one field at least. */
	frontCommand(sessionKey: string, fields: readonly FrontCommand[]): void {
		this.frontCommands += fields.length;
		if (this.#limited === undefined || this.#commanding.has(sessionKey)) return;
		if (this.#commanding.size === MOST_SESSIONS) this.#commanding.clear();
		this.#commanding.add(sessionKey);
		const [{ name, value }] = fields as [FrontCommand];
		// A query may contain a password.
		const plain = value.replace(/\?.*/s, "?…").slice(0, SHOWN);
		const shown = withoutToken(plain, sessionKey);
		this.#limited.warn(
			{ sessionKey, field: name, value: shown },
			"a container tried to command the front proxy; the field was dropped: find out what runs in the container",
		);
	}

	/** A tool's row is odd. */
	oddRow(sessionKey: string, flaw: RowFlaw): void {
		const name = flaw === "any-address" ? flaw : `${flaw} ${sessionKey}`;
		if (this.#log === undefined || this.#oddRows.has(name)) return;
		if (this.#oddRows.size === MOST_SESSIONS) this.#oddRows.clear();
		this.#oddRows.add(name);
		this.#log.warn({ sessionKey }, ODD_ROWS[flaw]);
	}

	/** A WebSocket whose origin cannot be compared with the requested host. */
	originUnverified(): void {
		if (this.#log === undefined || this.#isUnverifiedOriginLogged) return;
		this.#isUnverifiedOriginLogged = true;
		this.#log.warn(
			{},
			"the origin of a WebSocket cannot be checked, because the front proxy on this machine hides the requested host: until it sends X-Forwarded-Host (galaxy-proxy front nginx prints how), every page that a user opens can open one",
		);
	}

	/** A container refused a WebSocket whose page has another port than Host. Logged once for each tool. */
	portRefused(sessionKey: string, { origin, host }: SeenPorts): void {
		if (this.#limited === undefined) return;
		const label = sessionLabel(sessionKey);
		if (this.#refusing.has(label)) return;
		if (this.#refusing.size === MOST_SESSIONS) this.#refusing.clear();
		this.#refusing.add(label);
		this.#limited.warn(
			{ sessionKey, originPort: origin || "none", hostPort: host || "none" },
			"a container refused a WebSocket (403), and the port in Host is not the page's: Jupyter, Streamlit and others compare the two, so the front proxy must pass on Host as the browser sent it; nginx: proxy_set_header Host $http_host;",
		);
	}

	/** Said once each. */
	database(notice: DatabaseNotice, reason?: string): void {
		if (this.#notices.has(notice)) return;
		this.#notices.add(notice);
		this.#log?.warn({ reason }, NOTICES[notice]);
	}

	/** A path like a tool's, which is not shown: it contains the token. */
	pathPrefixMissing(): void {
		if (this.#log === undefined || this.#isPathPrefixLogged) return;
		this.#isPathPrefixLogged = true;
		this.#log.warn(
			{},
			"a path of an interactive tool was requested, and this proxy serves tools by host name only: start it with --proxyPathPrefix, in Galaxy's default configuration /interactivetool/ep",
		);
	}

	/** failure: why Galaxy's API could not be asked, undefined: it can be asked again. */
	ownerCheck(failure: string | undefined): void {
		if (failure === undefined)
			this.#limited?.info({}, "Galaxy answers again whose tool it is");
		else
			this.#limited?.warn(
				{ reason: failure },
				"Galaxy cannot be asked whose tool it is, so --owner-check-failure decides: --galaxy-url must lead from this machine to Galaxy",
			);
	}

	/** Rows of the session map with the same address. */
	sameAddress({ places, contested, doubted, tokenless }: Conflicts): void {
		if (tokenless > 0 && !this.#isTokenlessLogged) {
			this.#isTokenlessLogged = true;
			this.#log?.warn(
				{ rows: tokenless },
				"rows of the session map have no token and are never served: add one to each",
			);
		}
		for (const [session, other] of doubted)
			if (this.#isNewConflict(`${session} ${other}`))
				this.#log?.warn(
					{ session, other },
					"a new row leads to the address of another session, whose container is still connected: it is refused until that connection has ended; find out who wrote it",
				);
		if (places === "nowhere") return;
		if (!this.#hadConflicts && places === "on the bridge alone")
			this.#log?.warn(
				{},
				"several rows of the session map lead to one address at 172.17.0.1, and only the row written last is served: if several Docker hosts share this map, start the proxy with --same-address any",
			);
		this.#hadConflicts = true;
		for (const sessions of contested)
			if (this.#isNewConflict(sessions.join()))
				this.#log?.warn(
					{ sessions },
					"the rows of these sessions lead to one address, and it is unknown which was written last: they are refused until the dead rows are removed with galaxy-proxy routes remove, or these sessions are started again",
				);
	}

	#isNewConflict(name: string): boolean {
		if (this.#conflicts.has(name) || this.#conflicts.size === MOST_CONFLICTS)
			return false;
		this.#conflicts.add(name);
		return true;
	}
}

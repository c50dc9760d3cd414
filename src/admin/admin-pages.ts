import type { Reply } from "./admin-listener.js";
import type { SessionRow } from "./session-table.js";
import type { Observatory } from "./statistics.js";
import { SAMPLE_FIELDS } from "./timeline.js";

const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";

/** Sessions in one answer: more would hold up requests for milliseconds. */
const MOST_ROWS = 1_000;
/** Characters of a filter. */
const FILTER_LENGTH = 100;

/** Alive: the event loop turns. */
export function health(): Reply {
	return { status: 200, type: TEXT, body: "ok\n" };
}

export function readiness(seen: Observatory): Reply {
	const reason = seen.notReady();
	return reason === null
		? { status: 200, type: TEXT, body: "ready\n" }
		: { status: 503, type: TEXT, body: `not ready: ${reason}\n` };
}

/**
 * The sessions that were served, the last active first. In the query: `limit`, `filter` (a part of session, target or
 * state), `sort` (a field of the rows), `order` (asc or desc).
 */
export function routes(seen: Observatory, query: URLSearchParams): Reply {
	seen.look();
	const all = seen.sessions();
	const filter = (query.get("filter") ?? "").slice(0, FILTER_LENGTH);
	const found = filter === "" ? all : all.filter((row) => matches(row, filter));
	const sort = query.get("sort") ?? "last_activity";
	const sorted = sortedBy(found, sort, query.get("order") ?? "desc");
	const limit = Number(query.get("limit") ?? MOST_ROWS);
	if (sorted === null || !(limit >= 1 && limit <= MOST_ROWS))
		return {
			status: 400,
			type: TEXT,
			body: `sort is a field of the rows, order asc or desc, limit 1 to ${MOST_ROWS}.\n`,
		};
	return json({
		total: all.length,
		matching: found.length,
		sessions: sorted.slice(0, limit).map((row) => ({
			...row,
			last_activity: new Date(row.last_activity).toISOString(),
		})),
	});
}

/** What the status page shows beside the sessions. `since`: the newest sample that the page has. */
export function live(seen: Observatory, query: URLSearchParams): Reply {
	seen.look();
	const since = Number(query.get("since") ?? 0) || 0;
	const { map, tally, timeline, views } = seen;
	return json({
		now: Date.now(),
		started: Math.round(performance.timeOrigin),
		version: views.version,
		node: process.versions.node,
		not_ready: seen.notReady(),
		map: {
			path: views.sessions,
			readable: map.readable,
			reason: map.readable ? "" : views.mapReason(),
			unreadable_seconds: Math.round(map.unreadableSeconds),
			changed_at: Math.round(map.changedAt * 1000),
			changes: map.changes,
			lookups: map.lookups,
			refused_rows: views.refusedRows(),
		},
		totals: {
			requests: tally.requests,
			faults: tally.faults,
			refused: tally.refused,
			internal_faults: views.internalFaults(),
			bytes: seen.bytes(),
		},
		newest: timeline.newest,
		fields: SAMPLE_FIELDS,
		samples: timeline.since(since > timeline.newest ? 0 : since),
		faults: seen.faults.shown(),
	});
}

function matches(row: SessionRow, filter: string): boolean {
	return (
		row.session.includes(filter) ||
		row.target.includes(filter) ||
		row.state.includes(filter)
	);
}

/** A sorted copy; null where there is no such field or order. */
function sortedBy(
	rows: readonly SessionRow[],
	field: string,
	order: string,
): SessionRow[] | null {
	if (order !== "asc" && order !== "desc") return null;
	if (!FIELDS.includes(field as keyof SessionRow)) return null;
	const by = field as keyof SessionRow;
	const sign = order === "asc" ? 1 : -1;
	return [...rows].sort((one, other) => {
		const [left, right] = [one[by], other[by]];
		if (left === right) return one.session < other.session ? -1 : 1;
		return left < right ? -sign : sign;
	});
}

const FIELDS: readonly (keyof SessionRow)[] = [
	"session",
	"target",
	"state",
	"requests",
	"open_requests",
	"open_tunnels",
	"bytes_from_client",
	"bytes_to_client",
	"last_activity",
];

function json(value: object): Reply {
	return { status: 200, type: JSON_TYPE, body: JSON.stringify(value) };
}

export const NOT_FOUND: Reply = {
	status: 404,
	type: TEXT,
	body: "Here are /, /healthz, /readyz, /metrics and /routes.\n",
};

import { type Reply, TEXT } from "./admin-listener.js";
import type { SessionRow } from "./session-table.js";
import { SAMPLE_FIELDS, type Timeline } from "./timeline.js";
import type { View, Viewed } from "./view.js";

/** Sessions in one answer: more would delay requests by milliseconds. */
const MOST_ROWS = 1_000;
/** Characters of a filter. */
const FILTER_LENGTH = 100;

/** Alive: the event loop turns. */
export function health(): Reply {
	return { status: 200, type: TEXT, body: "ok\n" };
}

/** The reason may contain the path of the session map, so only a trusted request gets it. */
export function readiness(viewed: Viewed, isTrusted: boolean): Reply {
	const reason = viewed.notReady();
	if (reason === undefined) return { status: 200, type: TEXT, body: "ready\n" };
	const why = isTrusted ? `: ${reason}` : "";
	return { status: 503, type: TEXT, body: `not ready${why}\n` };
}

/** As readiness(), for balancers that have no daemon left that is ready. */
export function serving(viewed: Viewed, isTrusted: boolean): Reply {
	const reason = viewed.notServing();
	if (reason === undefined)
		return { status: 200, type: TEXT, body: "serving\n" };
	const why = isTrusted ? `: ${reason}` : "";
	return { status: 503, type: TEXT, body: `not serving${why}\n` };
}

/**
 * The sessions served so far, the last active first. In the query: `limit`, `filter` (a part of session, target or
 * state), `sort` (a field of the rows), `order` (asc or desc).
 */
export function routes({ sum }: View, query: URLSearchParams): Reply {
	const all = sum.sessions ?? [];
	const filter = (query.get("filter") ?? "").slice(0, FILTER_LENGTH);
	const found = all.filter(({ session, target, state }) =>
		[session, target, state].some((text) => text.includes(filter)),
	);
	const sort = query.get("sort") ?? "last_activity";
	const order = query.get("order") ?? "desc";
	const limit = Number(query.get("limit") ?? MOST_ROWS);
	if (
		!isField(sort) ||
		!/^(asc|desc)$/.test(order) ||
		!(limit >= 1 && limit <= MOST_ROWS)
	)
		return {
			status: 400,
			type: TEXT,
			body: `sort must be a field of the rows, order asc or desc, limit 1 to ${MOST_ROWS}.\n`,
		};
	const sign = order === "asc" ? 1 : -1;
	const sessions = found
		.toSorted((one, other) => {
			const [left, right] = [one[sort], other[sort]];
			if (left === right) return one.session < other.session ? -1 : 1;
			return left < right ? -sign : sign;
		})
		.slice(0, limit)
		.map((row) => ({
			...row,
			last_activity: new Date(row.last_activity).toISOString(),
		}));
	return json({ total: all.length, matching: found.length, sessions });
}

/** The data that the status page shows in addition to the sessions. `since`: the newest sample that the page has. */
export function live(
	{ sum, group }: View,
	timeline: Timeline,
	{ version, mapPath }: Viewed,
	query: URLSearchParams,
): Reply {
	const since = Number(query.get("since") ?? 0) || 0;
	const { map } = sum;
	const { counters, lookups, faults } = sum.totals;
	return json({
		now: Date.now(),
		pid: process.pid,
		started: Math.round(performance.timeOrigin),
		version,
		node: process.versions.node,
		not_ready: sum.notReady ?? null,
		...(group && { workers: group.workers, spare: group.spare ?? null }),
		map: {
			path: mapPath,
			readable: map.isReadable,
			reason: map.reason,
			unreadable_seconds: Math.round(map.unreadableSeconds),
			changed_at: Math.round(map.changedAt * 1000),
			changes: counters.mapChanges,
			lookups,
			rows: map.rows ?? null,
			refused_rows: { ended: map.ended, contested: map.contested },
		},
		totals: {
			requests: counters.requests,
			faults: counters.faults,
			refused: counters.refused,
			internal_faults: counters.internalFaults,
			bytes: { from: counters.bytesFromClient, to: counters.bytesToClient },
		},
		newest: timeline.newest,
		fields: SAMPLE_FIELDS,
		samples: timeline.since(since > timeline.newest ? 0 : since),
		faults,
	});
}

const FIELDS =
	"session target state requests open_requests open_tunnels bytes_from_client bytes_to_client last_activity";

function isField(name: string): name is keyof SessionRow {
	return FIELDS.split(" ").includes(name);
}

function json(value: object): Reply {
	const type = "application/json; charset=utf-8";
	return { status: 200, type, body: JSON.stringify(value) };
}

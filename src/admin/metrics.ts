import prometheus from "prom-client";
import type { Statistics } from "./statistics.js";
import type { Histogram } from "./tally.js";

/** One value, or one for each combination of labels. */
type Values =
	| number
	| readonly (readonly [labels: Record<string, string>, number])[];

/** By name. `read` is called at the scrape. */
type Metrics = Record<string, readonly [help: string, read: () => Values]>;

/**
 * The registry of one daemon. Nothing is counted in it: its metrics are read when they are scraped, so that a request costs
 * only the additions in tally.ts.
 */
export function metricsOf(statistics: Statistics): prometheus.Registry {
	const registry = new prometheus.Registry();
	function register(
		type: string,
		name: string,
		help: string,
		read: () => object[],
	) {
		// prom-client's own metrics count; these only show.
		const get = async () => ({ name, help, type, values: read() });
		const metric = { name, help, type, get };
		registry.registerMetric(metric as unknown as prometheus.Metric);
	}
	const plain = { counter: counters(statistics), gauge: gauges(statistics) };
	for (const [type, metrics] of Object.entries(plain))
		for (const [name, [help, read]] of Object.entries(metrics))
			register(type, name, help, () => samplesOf(read()));
	for (const [name, [help, histogram]] of Object.entries(
		histograms(statistics),
	))
		register("histogram", name, help, () => bucketsOf(histogram, name));
	return registry;
}

/** Values that only grow. Bytes are as of the last look. */
function counters(statistics: Statistics): Metrics {
	const { tally, map, sources } = statistics;
	const { proxy, warnings, log } = sources;
	return {
		galaxy_proxy_requests_total: [
			"Exchanges that ended, by class of the status and by who ended them and when (docs/monitor.md, Log).",
			() =>
				tally.ends().map(({ count, ...labels }) => [labels, count] as const),
		],
		galaxy_proxy_tunnels_total: [
			"WebSocket tunnels that ended.",
			() => tally.tunnels,
		],
		galaxy_proxy_bytes_total: [
			"Bytes of bodies and tunnels, by direction.",
			() => {
				const { from, to } = statistics.bytes();
				return by("direction", { from_client: from, to_client: to });
			},
		],
		galaxy_proxy_session_map_lookups_total: [
			"Look-ups of a session in the session map, by their result.",
			() => by("result", map.lookups),
		],
		galaxy_proxy_session_map_changes_total: [
			"Changes of the session map that were read.",
			() => map.changes,
		],
		galaxy_proxy_internal_faults_total: [
			"Exchanges ended by a defect of the proxy; the log has the stack.",
			() => warnings.internalFaults,
		],
		galaxy_proxy_accept_failures_total: [
			"Clients that could not be accepted, mostly for lack of descriptors.",
			() => warnings.acceptFailures,
		],
		galaxy_proxy_share_refusals_total: [
			"Clients refused because one session had half of the places, or one address a quarter of them without a session.",
			() => {
				const { sessions, addresses } = proxy.shareRefusals();
				return by("of", { session: sessions, address: addresses });
			},
		],
		galaxy_proxy_front_commands_dropped_total: [
			"Response fields dropped because a container tried to command the front proxy with them (such as X-Accel-Redirect).",
			() => warnings.frontCommands,
		],
		galaxy_proxy_log_lines_dropped_total: [
			"Log lines dropped because their reader was too slow.",
			() => log.dropped(),
		],
		// The process's metrics have every Prometheus client's names; prom-client's own would watch each garbage collection too.
		process_cpu_seconds_total: [
			"Processor time of the process in seconds.",
			() => {
				const { user, system } = process.cpuUsage();
				return (user + system) / 1e6;
			},
		],
	};
}

function gauges(statistics: Statistics): Metrics {
	const { map, sources } = statistics;
	const { version } = sources;
	const sum = (of: "requests" | "tunnels") =>
		statistics.load.sessions.reduce((total, each) => total + each[of], 0);
	return {
		galaxy_proxy_build_info: [
			"Versions of the proxy and of Node; the value is 1.",
			() => [[{ version, node: process.versions.node }, 1]],
		],
		galaxy_proxy_ready: [
			"1 while /readyz says ready.",
			() => Number(statistics.notReady() === undefined),
		],
		galaxy_proxy_client_connections: [
			"Open connections of clients.",
			() => statistics.load.clients,
		],
		galaxy_proxy_idle_container_connections: [
			"Open connections to containers that wait for their next request.",
			() => statistics.load.idle,
		],
		galaxy_proxy_requests_in_flight: [
			"Requests in flight, without tunnels.",
			() => sum("requests"),
		],
		galaxy_proxy_open_tunnels: [
			"Open WebSocket tunnels.",
			() => sum("tunnels"),
		],
		galaxy_proxy_active_sessions: [
			"Sessions with a request in flight or an open tunnel.",
			() => statistics.load.sessions.length,
		],
		galaxy_proxy_session_map_readable: [
			"1 while the session map can be read, else 0: then the last good routes are used.",
			() => Number(map.isReadable),
		],
		galaxy_proxy_session_map_unreadable_seconds: [
			"For how long the session map has been unreadable; 0 while it is readable.",
			() => map.unreadableSeconds,
		],
		galaxy_proxy_session_map_refused_rows: [
			"Rows of the session map that are refused because another row leads to their address: ended, if that one was written later; contested, if that is unknown.",
			() => by("reason", { ...map.refusedRows }),
		],
		galaxy_proxy_session_map_last_change_timestamp_seconds: [
			"Unix time at which a change of the session map was last read; its age is time() less this.",
			() => map.changedAt,
		],
		process_resident_memory_bytes: [
			"Resident memory of the process in bytes.",
			() => process.memoryUsage.rss(),
		],
		process_start_time_seconds: [
			"Unix time at which the process was started.",
			() => Math.round(performance.timeOrigin) / 1000,
		],
	};
}

function histograms({ tally, loopDelay }: Statistics) {
	return {
		galaxy_proxy_request_duration_seconds: [
			"Time from a request's head to the end of its exchange, without tunnels.",
			tally.requestTimes,
		],
		galaxy_proxy_connect_duration_seconds: [
			"Time to open a new connection to a container, name look-up included.",
			tally.connectTimes,
		],
		galaxy_proxy_event_loop_delay_seconds: [
			"Delay of a timer in the event loop, measured 20 times a second.",
			loopDelay.delays,
		],
	} as const;
}

function by(label: string, values: Readonly<Record<string, number>>) {
	return Object.entries(values).map(
		([name, value]) => [{ [label]: name.replace("-", "_") }, value] as const,
	);
}

function samplesOf(values: Values): object[] {
	return typeof values === "number"
		? [{ value: values }]
		: values.map(([labels, value]) => ({ labels, value }));
}

function bucketsOf({ bounds, counts, sum }: Histogram, name: string): object[] {
	let total = 0;
	const buckets = Array.from(counts, (count, at) => {
		total += count;
		const labels = { le: bounds[at] ?? "+Inf" };
		return { metricName: `${name}_bucket`, labels, value: total };
	});
	return [
		...buckets,
		{ metricName: `${name}_sum`, value: sum },
		{ metricName: `${name}_count`, value: total },
	];
}

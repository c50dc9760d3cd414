import prometheus from "prom-client";
import type { Observatory } from "./statistics.js";
import type { Histogram } from "./tally.js";

/**
 * The registry of one daemon. Nothing is counted in it: prom-client is filled when it is scraped, so that a request
 * costs no more than the additions of tally.ts.
 */
export function metricsOf(seen: Observatory): prometheus.Registry {
	const registry = new prometheus.Registry();
	for (const shown of counters(seen)) addCounter(registry, shown);
	for (const shown of gauges(seen)) addGauge(registry, shown);
	const { tally, loopDelay } = seen;
	addHistogram(registry, tally.requestTimes, {
		name: "galaxy_proxy_request_duration_seconds",
		help: "Time from a request's head to the end of its exchange; tunnels are left out.",
	});
	addHistogram(registry, tally.connectTimes, {
		name: "galaxy_proxy_connect_duration_seconds",
		help: "Time until a new connection to a container was there, look-up included.",
	});
	addHistogram(registry, loopDelay.delays, {
		name: "galaxy_proxy_event_loop_delay_seconds",
		help: "How late the event loop came to a timer, looked at 20 times a second.",
	});
	return registry;
}

function addCounter(registry: prometheus.Registry, shown: Shown): void {
	new prometheus.Counter({
		name: shown.name,
		help: shown.help,
		labelNames: [...(shown.labels ?? [])],
		registers: [registry],
		collect() {
			this.reset();
			for (const [labels, value] of shown.values()) this.inc(labels, value);
		},
	});
}

function addGauge(registry: prometheus.Registry, shown: Shown): void {
	new prometheus.Gauge({
		name: shown.name,
		help: shown.help,
		labelNames: [...(shown.labels ?? [])],
		registers: [registry],
		collect() {
			for (const [labels, value] of shown.values()) this.set(labels, value);
		},
	});
}

/** prom-client's own histogram takes single values alone. */
function addHistogram(
	registry: prometheus.Registry,
	histogram: Histogram,
	{ name, help }: { name: string; help: string },
): void {
	const metric = {
		name,
		help,
		type: "histogram",
		get: () =>
			Promise.resolve({ ...metric, values: valuesOf(histogram, name) }),
	};
	registry.registerMetric(metric as unknown as prometheus.Metric);
}

function valuesOf({ bounds, counts, sum }: Histogram, name: string): object[] {
	let total = 0;
	const buckets = Array.from(counts, (count, at) => {
		total += count;
		const labels = { le: bounds[at] ?? "+Inf" };
		return { metricName: `${name}_bucket`, labels, value: total };
	});
	return [
		...buckets,
		{ metricName: `${name}_sum`, labels: {}, value: sum },
		{ metricName: `${name}_count`, labels: {}, value: total },
	];
}

type Labels = Record<string, string>;
type Values = ReadonlyArray<readonly [labels: Labels, value: number]>;

/** A number as it stands at the scrape. */
export interface Shown {
	readonly name: string;
	readonly help: string;
	/** None: there is one value, with empty labels. */
	readonly labels?: readonly string[];
	readonly values: () => Values;
}

/** What only grows. Bytes and loads are of the last look. */
export function counters(seen: Observatory): Shown[] {
	const { tally, map, views } = seen;
	return [
		{
			name: "galaxy_proxy_requests_total",
			help: "Exchanges that ended, by class of the status and by who ended them and when (docs/monitor.md, Log).",
			labels: ["class", "termination"],
			values: () =>
				tally.ends().map(({ count, ...labels }) => [labels, count] as const),
		},
		{
			name: "galaxy_proxy_tunnels_total",
			help: "WebSocket tunnels that ended.",
			values: () => one(tally.tunnels),
		},
		{
			name: "galaxy_proxy_bytes_total",
			help: "Bytes of bodies and tunnels, by direction.",
			labels: ["direction"],
			values() {
				const { from, to } = seen.bytes();
				return [
					[{ direction: "from_client" }, from],
					[{ direction: "to_client" }, to],
				];
			},
		},
		{
			name: "galaxy_proxy_session_map_lookups_total",
			help: "Look-ups of a session in the session map, by what it said.",
			labels: ["result"],
			values: () =>
				Object.entries(map.lookups).map(([result, count]) => [
					{ result: result.replace("-", "_") },
					count,
				]),
		},
		{
			name: "galaxy_proxy_session_map_changes_total",
			help: "Changes of the session map that were read.",
			values: () => one(map.changes),
		},
		{
			name: "galaxy_proxy_internal_faults_total",
			help: "Exchanges that a defect of the proxy ended; the log has the stack.",
			values: () => one(views.internalFaults()),
		},
		{
			name: "galaxy_proxy_accept_failures_total",
			help: "Clients that could not be accepted, mostly for want of descriptors.",
			values: () => one(views.acceptFailures()),
		},
		{
			name: "galaxy_proxy_share_refusals_total",
			help: "Clients refused because one session had half of the places, or one address a quarter of them without a session.",
			labels: ["of"],
			values() {
				const { sessions, addresses } = views.shareRefusals();
				return [
					[{ of: "session" }, sessions],
					[{ of: "address" }, addresses],
				];
			},
		},
		{
			name: "galaxy_proxy_front_commands_dropped_total",
			help: "Fields that were dropped because a container tried to command the proxy in front by them (X-Accel-Redirect and its like).",
			values: () => one(views.frontCommands()),
		},
		{
			name: "galaxy_proxy_log_lines_dropped_total",
			help: "Log lines that were dropped because their reader was too slow.",
			values: () => one(views.linesDropped()),
		},
		...processCounters(),
	];
}

export function gauges(seen: Observatory): Shown[] {
	const { map, views } = seen;
	const sum = (of: "requests" | "tunnels") =>
		seen.last.sessions.reduce((total, session) => total + session[of], 0);
	return [
		{
			name: "galaxy_proxy_build_info",
			help: "Versions of the proxy and of Node; the value is 1.",
			labels: ["version", "node"],
			values: () => [
				[{ version: views.version, node: process.versions.node }, 1],
			],
		},
		{
			name: "galaxy_proxy_ready",
			help: "1 while /readyz says ready.",
			values: () => one(seen.notReady() === null ? 1 : 0),
		},
		{
			name: "galaxy_proxy_client_connections",
			help: "Open connections of clients.",
			values: () => one(seen.last.clients),
		},
		{
			name: "galaxy_proxy_idle_container_connections",
			help: "Open connections to containers that wait for their next request.",
			values: () => one(seen.last.idle),
		},
		{
			name: "galaxy_proxy_requests_in_flight",
			help: "Requests that are under way; tunnels are left out.",
			values: () => one(sum("requests")),
		},
		{
			name: "galaxy_proxy_open_tunnels",
			help: "WebSocket tunnels that are open.",
			values: () => one(sum("tunnels")),
		},
		{
			name: "galaxy_proxy_active_sessions",
			help: "Sessions with a request or a tunnel under way.",
			values: () => one(seen.last.sessions.length),
		},
		{
			name: "galaxy_proxy_session_map_readable",
			help: "1 while the session map can be read, else 0: then the last good answers are given.",
			values: () => one(map.readable ? 1 : 0),
		},
		{
			name: "galaxy_proxy_session_map_unreadable_seconds",
			help: "For how long the session map has been unreadable; 0 while it is readable.",
			values: () => one(map.unreadableSeconds),
		},
		{
			name: "galaxy_proxy_session_map_refused_rows",
			help: "Rows of the session map that are refused because another row leads to their address: ended, where that one was written later; contested, where nobody knows.",
			labels: ["reason"],
			values() {
				const { ended, contested } = views.refusedRows();
				return [
					[{ reason: "ended" }, ended],
					[{ reason: "contested" }, contested],
				];
			},
		},
		{
			name: "galaxy_proxy_session_map_last_change_timestamp_seconds",
			help: "Unix time at which a change of the session map was last read; its age is time() less this.",
			values: () => one(map.changedAt),
		},
		...processGauges(),
	];
}

/** Of the process, by the names that every Prometheus client gives them; prom-client's own would watch each garbage collection too. */
function processCounters(): Shown[] {
	return [
		{
			name: "process_cpu_seconds_total",
			help: "Processor time of the process in seconds.",
			values() {
				const { user, system } = process.cpuUsage();
				return one((user + system) / 1e6);
			},
		},
	];
}

function processGauges(): Shown[] {
	return [
		{
			name: "process_resident_memory_bytes",
			help: "Resident memory of the process in bytes.",
			values: () => one(process.memoryUsage.rss()),
		},
		{
			name: "process_start_time_seconds",
			help: "Unix time at which the process was started.",
			values: () => one(Math.round(performance.timeOrigin) / 1000),
		},
	];
}

function one(value: number): Values {
	return [[{}, value]];
}

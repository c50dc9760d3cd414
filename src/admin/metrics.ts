import prometheus from "prom-client";
import type { Statistics } from "./statistics.js";
import type { Histogram } from "./tally.js";

type Labels = Record<string, string>;

interface Metric {
	readonly name: string;
	readonly help: string;
	readonly labels?: readonly string[];
	/** Reads the value at the scrape, or one value for each combination of the labels. */
	readonly read: () => number | ReadonlyArray<readonly [Labels, number]>;
}

/**
 * The registry of one daemon. Nothing is counted in it: prom-client is filled when it is scraped, so that a request costs
 * only the additions in tally.ts.
 */
export function metricsOf(statistics: Statistics): prometheus.Registry {
	const registry = new prometheus.Registry();
	for (const metric of counters(statistics)) {
		const { read, ...options } = optionsOf(metric, registry);
		new prometheus.Counter({
			...options,
			collect() {
				this.reset();
				for (const [labels, value] of read()) this.inc(labels, value);
			},
		});
	}
	for (const metric of gauges(statistics)) {
		const { read, ...options } = optionsOf(metric, registry);
		new prometheus.Gauge({
			...options,
			collect() {
				for (const [labels, value] of read()) this.set(labels, value);
			},
		});
	}
	for (const { name, help, histogram } of histograms(statistics)) {
		// prom-client's own histogram accepts single values only.
		const get = async () => ({
			...metric,
			values: valuesOf(histogram, name),
		});
		const metric = { name, help, type: "histogram", get };
		registry.registerMetric(metric as unknown as prometheus.Metric);
	}
	return registry;
}

/** Values that only grow. Bytes are as of the last look. */
function counters(statistics: Statistics): Metric[] {
	const { tally, map, sources } = statistics;
	const { proxy, warnings, log } = sources;
	return [
		{
			name: "galaxy_proxy_requests_total",
			help: "Exchanges that ended, by class of the status and by who ended them and when (docs/monitor.md, Log).",
			labels: ["class", "termination"],
			read: () =>
				tally.ends().map(({ count, ...labels }) => [labels, count] as const),
		},
		{
			name: "galaxy_proxy_tunnels_total",
			help: "WebSocket tunnels that ended.",
			read: () => tally.tunnels,
		},
		{
			name: "galaxy_proxy_bytes_total",
			help: "Bytes of bodies and tunnels, by direction.",
			labels: ["direction"],
			read() {
				const { from, to } = statistics.bytes();
				return by("direction", { from_client: from, to_client: to });
			},
		},
		{
			name: "galaxy_proxy_session_map_lookups_total",
			help: "Look-ups of a session in the session map, by their result.",
			labels: ["result"],
			read: () => by("result", map.lookups),
		},
		{
			name: "galaxy_proxy_session_map_changes_total",
			help: "Changes of the session map that were read.",
			read: () => map.changes,
		},
		{
			name: "galaxy_proxy_internal_faults_total",
			help: "Exchanges ended by a defect of the proxy; the log has the stack.",
			read: () => warnings.internalFaults,
		},
		{
			name: "galaxy_proxy_accept_failures_total",
			help: "Clients that could not be accepted, mostly for want of descriptors.",
			read: () => warnings.acceptFailures,
		},
		{
			name: "galaxy_proxy_share_refusals_total",
			help: "Clients refused because one session had half of the places, or one address a quarter of them without a session.",
			labels: ["of"],
			read() {
				const { sessions, addresses } = proxy.shareRefusals();
				return by("of", { session: sessions, address: addresses });
			},
		},
		{
			name: "galaxy_proxy_front_commands_dropped_total",
			help: "Response fields dropped because a container tried to command the front proxy with them (such as X-Accel-Redirect).",
			read: () => warnings.frontCommands,
		},
		{
			name: "galaxy_proxy_log_lines_dropped_total",
			help: "Log lines dropped because their reader was too slow.",
			read: () => log.dropped(),
		},
		// The process's metrics have every Prometheus client's names; prom-client's own would watch each garbage collection too.
		{
			name: "process_cpu_seconds_total",
			help: "Processor time of the process in seconds.",
			read() {
				const { user, system } = process.cpuUsage();
				return (user + system) / 1e6;
			},
		},
	];
}

function gauges(statistics: Statistics): Metric[] {
	const { map, sources } = statistics;
	const { version } = sources;
	const sum = (of: "requests" | "tunnels") =>
		statistics.load.sessions.reduce((total, each) => total + each[of], 0);
	return [
		{
			name: "galaxy_proxy_build_info",
			help: "Versions of the proxy and of Node; the value is 1.",
			labels: ["version", "node"],
			read: () => [[{ version, node: process.versions.node }, 1]],
		},
		{
			name: "galaxy_proxy_ready",
			help: "1 while /readyz says ready.",
			read: () => Number(statistics.notReady() === undefined),
		},
		{
			name: "galaxy_proxy_client_connections",
			help: "Open connections of clients.",
			read: () => statistics.load.clients,
		},
		{
			name: "galaxy_proxy_idle_container_connections",
			help: "Open connections to containers that wait for their next request.",
			read: () => statistics.load.idle,
		},
		{
			name: "galaxy_proxy_requests_in_flight",
			help: "Requests in flight, without tunnels.",
			read: () => sum("requests"),
		},
		{
			name: "galaxy_proxy_open_tunnels",
			help: "Open WebSocket tunnels.",
			read: () => sum("tunnels"),
		},
		{
			name: "galaxy_proxy_active_sessions",
			help: "Sessions with a request in flight or an open tunnel.",
			read: () => statistics.load.sessions.length,
		},
		{
			name: "galaxy_proxy_session_map_readable",
			help: "1 while the session map can be read, else 0: then the last good answers are given.",
			read: () => Number(map.isReadable),
		},
		{
			name: "galaxy_proxy_session_map_unreadable_seconds",
			help: "For how long the session map has been unreadable; 0 while it is readable.",
			read: () => map.unreadableSeconds,
		},
		{
			name: "galaxy_proxy_session_map_refused_rows",
			help: "Rows of the session map that are refused because another row leads to their address: ended, where that one was written later; contested, where that is unknown.",
			labels: ["reason"],
			read() {
				const { ended, contested } = map.refusedRows;
				return by("reason", { ended, contested });
			},
		},
		{
			name: "galaxy_proxy_session_map_last_change_timestamp_seconds",
			help: "Unix time at which a change of the session map was last read; its age is time() less this.",
			read: () => map.changedAt,
		},
		{
			name: "process_resident_memory_bytes",
			help: "Resident memory of the process in bytes.",
			read: () => process.memoryUsage.rss(),
		},
		{
			name: "process_start_time_seconds",
			help: "Unix time at which the process was started.",
			read: () => Math.round(performance.timeOrigin) / 1000,
		},
	];
}

function histograms({ tally, loopDelay }: Statistics) {
	return [
		{
			name: "galaxy_proxy_request_duration_seconds",
			help: "Time from a request's head to the end of its exchange, without tunnels.",
			histogram: tally.requestTimes,
		},
		{
			name: "galaxy_proxy_connect_duration_seconds",
			help: "Time to open a new connection to a container, name look-up included.",
			histogram: tally.connectTimes,
		},
		{
			name: "galaxy_proxy_event_loop_delay_seconds",
			help: "Delay of a timer in the event loop, measured 20 times a second.",
			histogram: loopDelay.delays,
		},
	];
}

function by(label: string, values: Readonly<Record<string, number>>) {
	return Object.entries(values).map(
		([name, value]) => [{ [label]: name.replace("-", "_") }, value] as const,
	);
}

function optionsOf(
	{ name, help, labels = [], read }: Metric,
	registry: prometheus.Registry,
) {
	return {
		name,
		help,
		labelNames: [...labels],
		registers: [registry],
		read() {
			const values = read();
			return typeof values === "number" ? [[{}, values] as const] : values;
		},
	};
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

import prometheus from "prom-client";
import type { Buckets } from "./snapshot.js";
import type { GroupView, MeasuredProcess, View } from "./view.js";
import { WORKER_STATES } from "./view.js";

type Labels = Readonly<Record<string, string>>;

/** One value, or one for each combination of labels. */
type Values = number | readonly (readonly [labels: Labels, number])[];

/** By name. */
type Metrics = Readonly<Record<string, readonly [help: string, Values]>>;

/**
 * The registry of one scrape. Nothing is counted in it: its metrics are made from a view, so that a request costs only the
 * additions in tally.ts.
 */
export function metricsOf(view: View, version: string): prometheus.Registry {
	const registry = new prometheus.Registry();
	function register(
		type: string,
		name: string,
		help: string,
		values: object[],
	) {
		// prom-client's own metrics count; these only show.
		const get = async () => ({ name, help, type, values });
		const metric = { name, help, type, get };
		registry.registerMetric(metric as unknown as prometheus.Metric);
	}
	const plain = {
		counter: { ...counters(view), ...groupCounters(view) },
		gauge: { ...gauges(view, version), ...groupGauges(view) },
	};
	for (const [type, metrics] of Object.entries(plain))
		for (const [name, [help, values]] of Object.entries<Metrics[string]>(
			metrics,
		))
			register(type, name, help, samplesOf(values));
	for (const [name, [help, buckets]] of Object.entries(histograms(view)))
		register("histogram", name, help, bucketsOf(buckets, name));
	return registry;
}

/** Values that only grow. */
function counters({ sum, processes }: View): Metrics {
	const { counters: of, ends, lookups } = sum.totals;
	return {
		galaxy_proxy_requests_total: [
			"Exchanges that ended, by class of the status and by who ended them and when (docs/monitor.md, Log).",
			Object.entries(ends).map(([name, count]) => {
				const [hundreds = "", termination = ""] = name.split(" ");
				return [{ class: hundreds, termination }, count] as const;
			}),
		],
		galaxy_proxy_tunnels_total: ["WebSocket tunnels that ended.", of.tunnels],
		galaxy_proxy_bytes_total: [
			"Bytes of bodies and tunnels, by direction.",
			by("direction", {
				from_client: of.bytesFromClient,
				to_client: of.bytesToClient,
			}),
		],
		galaxy_proxy_session_map_lookups_total: [
			"Look-ups of a session in the session map, by their result.",
			by("result", lookups),
		],
		galaxy_proxy_session_map_changes_total: [
			"Changes of the session map that were read.",
			of.mapChanges,
		],
		galaxy_proxy_internal_faults_total: [
			"Exchanges ended by a defect of the proxy; the log has the stack.",
			of.internalFaults,
		],
		galaxy_proxy_accept_failures_total: [
			"Clients that could not be accepted, mostly for lack of descriptors.",
			of.acceptFailures,
		],
		galaxy_proxy_share_refusals_total: [
			"Clients refused because one session had half of the places, or one address a quarter of them without a session.",
			by("of", { session: of.sessionRefusals, address: of.addressRefusals }),
		],
		galaxy_proxy_front_commands_dropped_total: [
			"Response fields dropped because a container tried to command the front proxy with them (such as X-Accel-Redirect).",
			of.frontCommands,
		],
		galaxy_proxy_log_lines_dropped_total: [
			"Log lines dropped because their reader was too slow.",
			of.droppedLines,
		],
		// The process's metrics have every Prometheus client's names; prom-client's own would watch each garbage collection too.
		process_cpu_seconds_total: [
			"Processor time of the process in seconds.",
			ofProcesses(processes, "cpuSeconds"),
		],
	};
}

function gauges({ sum, processes, group }: View, version: string): Metrics {
	const { map } = sum;
	return {
		galaxy_proxy_build_info: [
			"Versions of the proxy and of Node that run; the value is 1.",
			builds(version, group),
		],
		galaxy_proxy_ready: [
			"1 while /readyz says ready.",
			Number(sum.notReady === undefined),
		],
		galaxy_proxy_client_connections: [
			"Open connections of clients.",
			sum.clients,
		],
		galaxy_proxy_idle_container_connections: [
			"Open connections to containers that wait for their next request.",
			sum.idle,
		],
		galaxy_proxy_requests_in_flight: [
			"Requests in flight, without tunnels.",
			sum.requests,
		],
		galaxy_proxy_open_tunnels: ["Open WebSocket tunnels.", sum.tunnels],
		galaxy_proxy_active_sessions: [
			"Sessions with a request in flight or an open tunnel.",
			sum.active.length,
		],
		galaxy_proxy_session_map_readable: [
			"1 while the session map can be read, else 0: then the last good routes are used.",
			Number(map.isReadable),
		],
		galaxy_proxy_session_map_unreadable_seconds: [
			"For how long the session map has been unreadable; 0 while it is readable.",
			map.unreadableSeconds,
		],
		galaxy_proxy_session_map_refused_rows: [
			"Rows of the session map that are refused because another row leads to their address: ended, if that one was written later; contested, if that is unknown.",
			by("reason", { ended: map.ended, contested: map.contested }),
		],
		...(map.rows !== undefined && {
			galaxy_proxy_session_map_rows: [
				"Rows of a session map in a database, also those that Galaxy has left over.",
				map.rows,
			],
		}),
		galaxy_proxy_session_map_last_change_timestamp_seconds: [
			"Unix time at which a change of the session map was last read; its age is time() less this.",
			map.changedAt,
		],
		process_resident_memory_bytes: [
			"Resident memory of the process in bytes.",
			ofProcesses(processes, "residentMemory"),
		],
		process_start_time_seconds: [
			"Unix time at which the process was started.",
			ofProcesses(processes, "startedAt"),
		],
	};
}

/** Each pair of versions once: of this process and of the workers that have said theirs. */
function builds(version: string, group: GroupView | undefined): Values {
	const { node } = process.versions;
	const found = new Map<string, readonly [Labels, number]>();
	for (const build of [{ version, node }, ...(group?.workers ?? [])])
		if (build.version !== "")
			found.set(`${build.version} ${build.node}`, [
				{ version: build.version, node: build.node },
				1,
			]);
	return [...found.values()];
}

function groupCounters({ group }: View): Metrics {
	if (group === undefined) return {};
	return {
		galaxy_proxy_worker_deaths_total: [
			"Workers that ended without an order of their supervisor.",
			group.deaths,
		],
	};
}

function groupGauges({ group }: View): Metrics {
	if (group === undefined) return {};
	const states = WORKER_STATES.map((state) => [
		state,
		group.workers.filter((worker) => worker.state === state).length,
	]);
	const spare = group.spare === undefined ? 0 : 1;
	return {
		galaxy_proxy_workers: [
			"Workers by their state; a draining one serves only what it has accepted, a spare nothing.",
			by("state", { ...Object.fromEntries(states), spare }),
		],
	};
}

function histograms({ sum }: View) {
	const { requestTimes, connectTimes, loopDelays } = sum.totals;
	return {
		galaxy_proxy_request_duration_seconds: [
			"Time from a request's head to the end of its exchange, without tunnels.",
			requestTimes,
		],
		galaxy_proxy_connect_duration_seconds: [
			"Time to open a new connection to a container, name look-up included.",
			connectTimes,
		],
		galaxy_proxy_event_loop_delay_seconds: [
			"Delay of a timer in the event loop, measured 20 times a second.",
			loopDelays,
		],
	} as const;
}

function by(label: string, values: Readonly<Record<string, number>>) {
	return Object.entries(values).map(
		([name, value]) => [{ [label]: name.replace("-", "_") }, value] as const,
	);
}

/** A value of each process, with a label where there are several. */
function ofProcesses(
	processes: readonly MeasuredProcess[],
	of: "startedAt" | "cpuSeconds" | "residentMemory",
): Values {
	return processes.flatMap(({ worker, [of]: value }) => {
		if (value === undefined) return [];
		const labels: Labels = worker === undefined ? {} : { worker };
		return [[labels, value] as const];
	});
}

function samplesOf(values: Values): object[] {
	return typeof values === "number"
		? [{ value: values }]
		: values.map(([labels, value]) => ({ labels, value }));
}

function bucketsOf({ bounds, counts, sum }: Buckets, name: string): object[] {
	let total = 0;
	const buckets = counts.map((count, at) => {
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

import prometheus from "prom-client";
import type { Histogram } from "./histogram.js";
import { counters, gauges, type Shown } from "./metric-list.js";
import type { Observatory } from "./observatory.js";

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

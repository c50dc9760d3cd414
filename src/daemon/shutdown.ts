import { setTimeout } from "node:timers/promises";
import type { Config } from "../config/config.js";
import type { TunnelDrain } from "../group.js";
import { ROLLING_TUNNELS_MS } from "../limits.js";
import type { Log } from "../log/log.js";
import type { EndReason, Signals } from "../process/signals.js";
import type { Cut } from "../proxy/context.js";
import type { ReverseProxy } from "../proxy/proxy.js";
import type { Worker } from "./worker.js";

/** The parts that the end of a daemon needs. */
export interface ShutdownParts {
	readonly proxy: ReverseProxy;
	readonly log: Log;
	readonly signals: Signals;
	readonly worker: Worker | undefined;
}

/** When tunnels end, by the reason of the daemon's end. */
const TUNNELS: Record<EndReason, TunnelDrain> = {
	signal: "sigterm",
	order: "sigterm",
	"npm has ended": "sigterm",
	"rolling restart": "rolling",
	"supervisor has ended": "now",
};

/**
 * The drain: after --drain-delay, all listeners close and clients finish. A second signal ends it. Without a delay the listeners
 * close within a tenth of a second, in which they accept the connections that wait in their queue. Galaxy may kill the daemon 10 ms
 * after its SIGTERM, which closes them too.
 * @returns the number of requests and tunnels that were cut
 */
export async function shutDown(
	reason: EndReason,
	{ drainDelayMs, tunnelDrainMs }: Config,
	{ proxy, log, signals, worker }: ShutdownParts,
): Promise<Cut> {
	const drain = (order: TunnelDrain): Promise<Cut> => {
		const usual = order === "rolling" ? ROLLING_TUNNELS_MS : 0;
		const given = order === "now" ? 0 : tunnelDrainMs;
		return proxy.drain({ tunnels: given ?? usual });
	};
	let tunnels = TUNNELS[reason];
	if (drainDelayMs > 0 && mayGetClients(reason)) {
		log.info({}, "shutting down, still accepting clients for --drain-delay");
		// The supervisor's order may follow the same signal to all processes, and does not shorten the delay.
		const hurried = new Promise<void>((resolve) => {
			worker?.drainAgainBy((order) => {
				if (order !== "now") return;
				tunnels = order;
				resolve();
			});
		});
		const delay = setTimeout(drainDelayMs, undefined, { ref: false });
		await Promise.race([delay, hurried, signals.endNow]);
	}
	const drained = drain(tunnels);
	worker?.drainAgainBy((order) => void drain(order));
	log.info({}, "shutting down, finishing requests in flight");
	await Promise.race([drained, signals.endNow]);
	proxy.stop();
	return drained;
}

/** Whether balancers may still send clients here. In a rolling restart the other workers accept them. */
function mayGetClients(reason: EndReason): boolean {
	return reason === "signal" || reason === "order";
}

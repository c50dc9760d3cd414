import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Row } from "../support/session-map.js";
import type { Service } from "./bystander-thread.js";
import type { Scope } from "./serving.js";

/** A browser and its container, in a thread: requests, uploads, new connections and a tunnel, all at once. */
export interface Bystander {
	readonly row: Row;
	begin(proxyPort: number): void;
	/** Its service since begin() or the last call. */
	served(): Promise<Service>;
	/** The same, and its connections end. */
	end(): Promise<Service>;
}

export async function startBystander(scope: Scope): Promise<Bystander> {
	const worker = new Worker(new URL("bystander-thread.js", import.meta.url));
	scope.after(() => worker.terminate().then(() => undefined));
	const [port] = await once(worker, "message");
	const call = async (message: object): Promise<Service> => {
		worker.postMessage(message);
		const [service] = await once(worker, "message");
		return service;
	};
	return {
		row: { host: "127.0.0.1", port },
		begin: (proxyPort) => worker.postMessage({ begin: proxyPort }),
		served: () => call({ tell: true }),
		end: () => call({ end: true }),
	};
}

/** The p-th percentile; NaN without values. */
export function percentile(values: readonly number[], p: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.ceil((sorted.length * p) / 100) - 1] ?? Number.NaN;
}

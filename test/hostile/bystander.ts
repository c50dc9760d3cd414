import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Row } from "../support/session-map.js";
import type { Service } from "./bystander-thread.js";
import type { Scope } from "./serving.js";

/** A browser and its container, in a thread of their own: requests, uploads, new connections and a tunnel, all at once. */
export class Bystander {
	private constructor(
		private readonly worker: Worker,
		readonly row: Row,
	) {}

	static async start(scope: Scope): Promise<Bystander> {
		const worker = new Worker(new URL("bystander-thread.js", import.meta.url));
		scope.after(() => worker.terminate().then(() => undefined));
		const [port] = await once(worker, "message");
		return new Bystander(worker, { host: "127.0.0.1", port });
	}

	begin(proxyPort: number): void {
		this.worker.postMessage({ begin: proxyPort });
	}

	/** What was seen since begin(), or since it was asked last. */
	async served(): Promise<Service> {
		this.worker.postMessage({ tell: true });
		const [service] = await once(this.worker, "message");
		return service;
	}

	/** As served(), and its connections end. */
	async end(): Promise<Service> {
		this.worker.postMessage({ end: true });
		const [service] = await once(this.worker, "message");
		return service;
	}
}

/** The p-th of a hundred; NaN of none. */
export function percentile(values: readonly number[], p: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.ceil((sorted.length * p) / 100) - 1] ?? Number.NaN;
}

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type Row } from "../support/session-map.js";
import type { Service } from "./bystander-thread.js";
import type { Scope } from "./serving.js";

/** A browser and its container, in a thread of their own: requests, uploads, new connections and a tunnel, all at once. */
export class Bystander {
	readonly #worker: Worker;

	private constructor(
		worker: Worker,
		readonly row: Row,
	) {
		this.#worker = worker;
	}

	static async start(scope: Scope): Promise<Bystander> {
		const worker = new Worker(new URL("bystander-thread.js", import.meta.url));
		scope.after(() => worker.terminate().then(() => undefined));
		const [port] = await once(worker, "message");
		return new Bystander(worker, { host: "127.0.0.1", port });
	}

	begin(proxyPort: number): void {
		this.#worker.postMessage({ begin: proxyPort });
	}

	/** Its service since begin() or the last call. */
	served(): Promise<Service> {
		return this.#call({ tell: true });
	}

	/** The same, and its connections end. */
	end(): Promise<Service> {
		return this.#call({ end: true });
	}

	async #call(message: object): Promise<Service> {
		this.#worker.postMessage(message);
		const [service] = await once(this.#worker, "message");
		return service;
	}
}

/** The p-th percentile; NaN without values. */
export function percentile(values: readonly number[], p: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.ceil((sorted.length * p) / 100) - 1] ?? Number.NaN;
}

import type { Log } from "../log/log.js";
import { VERSION } from "../package.js";
import type { WorkerProcess } from "./worker-process.js";

/** Logs each version of a worker that differs from the supervisor's, once. */
export class OtherVersions {
	readonly #log: Log;
	readonly #told = new Set<string>();

	constructor(log: Log) {
		this.#log = log;
	}

	met({ slot, version, node }: WorkerProcess): void {
		const known = `${version} ${node}`;
		const isSame = version === VERSION && node === process.versions.node;
		if (isSame || this.#told.has(known)) return;
		this.#told.add(known);
		this.#log.warn(
			{ worker: slot, version, supervisor: VERSION, node },
			"the worker and its supervisor have different versions: restart the supervisor when convenient",
		);
	}
}

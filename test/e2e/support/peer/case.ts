import type { Scene } from "./scene.js";

/** One of the 70 measured cases of docs/compatibility-tools.md. */
export interface Case {
	/** Its number in the table of the document. */
	readonly number: number;
	readonly name: string;
	/** Why it is not run yet. */
	readonly skip?: string;
	/** Runs it on one program and tells what happened, a line for each request. */
	readonly run: (scene: Scene) => Promise<readonly string[]>;
	/** What gx-it-proxy gives. */
	readonly peer: readonly string[];
	/** What galaxy-proxy gives; without it the same. */
	readonly ours?: readonly string[];
}

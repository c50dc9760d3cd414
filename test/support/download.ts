import { type ExecFileSyncOptions, execFileSync } from "node:child_process";

const ATTEMPTS = 4;
const PAUSE_MS = 15_000;

/** Runs a program that installs from a registry, and again if it fails: connections to registries break now and then. */
export function download(
	program: string,
	words: readonly string[],
	options: ExecFileSyncOptions,
): void {
	for (let left = ATTEMPTS; left > 1; left--)
		try {
			execFileSync(program, words, options);
			return;
		} catch {
			const nobody = new Int32Array(new SharedArrayBuffer(4));
			Atomics.wait(nobody, 0, 0, PAUSE_MS);
		}
	execFileSync(program, words, options);
}

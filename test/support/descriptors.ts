import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";

/** Leaves a running process no more descriptors than it has open; the returned function lifts the limit again. */
export function takeDescriptors(pid: number): () => void {
	const { length: open } = readdirSync(`/proc/${pid}/fd`);
	limitDescriptors(pid, open);
	return () => limitDescriptors(pid, 0);
}

/** Sets the soft limit of a running process; 0: as much as its hard limit allows. */
export function limitDescriptors(pid: number, soft: number): void {
	const program = `
import resource, sys
pid, soft = int(sys.argv[1]), int(sys.argv[2])
_, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft if soft else hard, hard))`;
	execFileSync("python3", ["-c", program, String(pid), String(soft)]);
}

import { readFileSync } from "node:fs";

/** Milliseconds between two looks at the processes above this one: nothing tells a process that its parent has ended. */
const LOOK_MS = 1_000;

/** Whether npm started this daemon: by npx or npm exec, or by a script of a package that names the program. */
export function isStartedByNpm(env: NodeJS.ProcessEnv): boolean {
	return (
		env.npm_command === "exec" ||
		env.npm_lifecycle_event === "npx" ||
		/\b(galaxy-proxy|gx-it-proxy)\b/.test(env.npm_lifecycle_script ?? "")
	);
}

/**
 * Resolves when one of the processes between a supervisor and this daemon has ended: npx, npm, its shell. A supervisor knows
 * npx alone, and npx that is ended leaves the daemon running (galaxyproject/gravity#90).
 */
export function whenNpmEnds(): Promise<void> {
	const chain = launchers();
	return new Promise((resolve) => {
		const timer = setInterval(() => {
			if (chain.every((pid, at) => isParent(chain[at + 1], pid))) return;
			clearInterval(timer);
			resolve();
		}, LOOK_MS).unref();
	});
}

/**
 * This process and those above it, each the child of the next. The last one is npx, which leads their process group: the shell
 * or supervisor above it may end without us, as after nohup.
 */
function launchers(): number[] {
	const own = { pid: process.pid, parent: process.ppid };
	const group = statusOf(own.pid)?.group;
	const chain = [own.pid, own.parent];
	let above = statusOf(own.parent);
	while (above !== undefined && above.group === group && above.pid !== group) {
		chain.push(above.parent);
		above = statusOf(above.parent);
	}
	return chain;
}

/** Whether it is the child's parent; true if no parent is given. */
function isParent(parent: number | undefined, child: number): boolean {
	if (parent === undefined) return true;
	if (child === process.pid) return process.ppid === parent;
	return statusOf(child)?.parent === parent;
}

/** From /proc/PID/stat; undefined without such a process, and on other systems than Linux. */
function statusOf(pid: number) {
	try {
		const text = readFileSync(`/proc/${pid}/stat`, "utf8");
		// The second field is the program's name in parentheses, which may contain anything.
		const [, parent, group] = text.slice(text.lastIndexOf(")") + 2).split(" ");
		return { pid, parent: Number(parent), group: Number(group) };
	} catch {
		return undefined;
	}
}

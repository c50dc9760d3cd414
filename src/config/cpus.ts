import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";

/**
 * Number of CPUs that this process may use: those it may run on, or fewer if its cgroups grant less CPU time. Node's own count
 * ignores cgroups in Node 20, and in later versions rounds down and takes weights for limits.
 */
export function usableCpus(): number {
	const quota = cpuQuota(
		textOf("/proc/self/cgroup"),
		textOf("/proc/self/mountinfo"),
	);
	return Math.max(1, Math.min(allowedCpus(), Math.ceil(quota)));
}

/** The CPUs that are online and in this process's affinity mask. */
function allowedCpus(): number {
	const status = textOf("/proc/self/status");
	const allowed = cpuList(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1]);
	const online = cpuList(textOf("/sys/devices/system/cpu/online").trim());
	const both = allowed.filter((cpu) => online.includes(cpu));
	return both.length > 0 ? both.length : availableParallelism();
}

/** The CPUs of a list such as "0-3,8". */
function cpuList(text = ""): number[] {
	return text.split(",").flatMap((range) => {
		const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
		const length = Number(last) - Number(first) + 1;
		return length > 0
			? Array.from({ length }, (_, at) => Number(first) + at)
			: [];
	});
}

/**
 * CPU time per time that the cgroups of a process and those above them grant: 1.5 is one and a half CPUs. Infinity without a
 * limit, and outside of Linux.
 * @param cgroups its /proc/PID/cgroup (cgroups(7))
 * @param mounts its /proc/PID/mountinfo (proc_pid_mountinfo(5))
 */
export function cpuQuota(cgroups: string, mounts: string): number {
	const quotas = mounts
		.split("\n")
		.flatMap((mount) => foldersIn(mount, cgroups))
		.flatMap((folder) => [quotaOfV2(folder), quotaOfV1(folder)])
		.filter((quota) => quota > 0);
	return Math.min(...quotas);
}

/** The folders of the process's cgroup and of those above it, if that is a mount of cgroups that may limit CPU time. */
function foldersIn(mount: string, cgroups: string): string[] {
	const [place = "", source = ""] = mount.split(" - ");
	const [, , , root = "", point = ""] = place.split(" ").map(unescaped);
	const [type, , options = ""] = source.split(" ");
	const isV2 = type === "cgroup2";
	const isV1 = type === "cgroup" && options.split(",").includes("cpu");
	if (!isV2 && !isV1) return [];
	const own = isV2
		? /^0::(.*)$/m.exec(cgroups)
		: /^\d+:(?:[^:\n]*,)?cpu(?:,[^:\n]*)?:(.*)$/m.exec(cgroups);
	// A container may see its own cgroup alone, mounted under the path that it has outside.
	const below = relative(root, own?.[1] ?? root);
	const names = below.startsWith("..") ? [] : below.split("/");
	return ["", ...names].map((_, depth) =>
		join(point, ...names.slice(0, depth)),
	);
}

/** "max 100000" or "150000 100000". */
function quotaOfV2(folder: string): number {
	const [quota, period] = textOf(join(folder, "cpu.max")).split(" ");
	return Number(quota) / Number(period);
}

/** A quota of -1 means no limit. */
function quotaOfV1(folder: string): number {
	const [quota, period] = ["cpu.cfs_quota_us", "cpu.cfs_period_us"].map(
		(file) => Number(textOf(join(folder, file)) || Number.NaN),
	);
	return Number(quota) / Number(period);
}

/** mountinfo has blanks and some other characters in octal. */
function unescaped(field: string): string {
	return field.replace(/\\([0-7]{3})/g, (_, octal) =>
		String.fromCharCode(Number.parseInt(octal, 8)),
	);
}

/** Empty if it cannot be read. */
function textOf(file: string): string {
	try {
		return readFileSync(file, "utf8");
	} catch {
		return "";
	}
}

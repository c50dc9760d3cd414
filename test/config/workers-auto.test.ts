import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { cpuQuota } from "../../src/config/cpus.js";
import { runCli } from "../cli/run-cli.js";
import { scratchFolder } from "../support/folders.js";

/** --workers auto as galaxy-proxy config shows it. */
async function auto(within: readonly string[] = []): Promise<number> {
	const args = ["--sessions", "map.sqlite", "--workers", "auto", "config"];
	const { stdout, stderr } = await runCli(args, { within });
	assert.equal(stderr, "");
	return Number(/^--workers +(\d+) /m.exec(stdout)?.[1]);
}

test("auto is one worker for a process that may run on one CPU", {
	skip: process.platform !== "linux" && "taskset is Linux's",
}, async () => {
	const first = "$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')";
	const script = `exec taskset -c "${first}" "$@"`;
	assert.equal(await auto(["sh", "-c", script, "sh"]), 1);
});

const V1 = "/sys/fs/cgroup/cpu";
const V2 = "/sys/fs/cgroup";

for (const [version, root, file, text] of [
	[1, V1, "cpu.cfs_quota_us", (share: number) => `${share * 100_000}`],
	[2, V2, "cpu.max", (share: number) => `${share * 100_000} 100000`],
] as const)
	test(`auto follows the quota of a cgroup v${version}, and of the one above it, rounded up`, async (t) => {
		const outer = join(root, `galaxy-proxy-${process.pid}`);
		const inner = join(outer, "inner");
		if (!canMake(t, [outer, inner], file)) return;
		const within = [
			"sh",
			"-c",
			`echo $$ > ${inner}/cgroup.procs && exec "$@"`,
			"sh",
		];
		const free = await auto(within);
		writeFileSync(join(outer, file), text(0.5));
		assert.equal(await auto(within), 1);
		writeFileSync(join(outer, file), text(1.5));
		assert.equal(await auto(within), Math.min(free, 2));
	});

/** Makes cgroups that a file gives a quota to, or skips the test. */
function canMake(t: TestContext, folders: string[], file: string): boolean {
	const made: string[] = [];
	t.after(() => {
		for (const folder of made.reverse()) rmdirSync(folder);
	});
	// Where only v1 is used, the mount point of v2 is an ordinary folder.
	const isCgroup = existsSync(join(dirname(folders[0] ?? ""), "cgroup.procs"));
	try {
		for (const folder of isCgroup ? folders : []) {
			mkdirSync(folder);
			made.push(folder);
		}
	} catch (error) {
		t.diagnostic(String(error));
	}
	const isMade = existsSync(join(folders[0] ?? "", file));
	if (!isMade) t.skip("a cgroup with a quota cannot be made here");
	return isMade;
}

/** Mount point, its part of the hierarchy, cgroup, and where below the mount point which quota stands. */
const LAYOUTS: [title: string, root: string, own: string, at: string][] = [
	["on the host", "/", "/user.slice/galaxy.service", "/user.slice"],
	["in a container that sees its own cgroup as the root", "/", "/", "/"],
	["in a container that sees its path outside", "/docker/c1", "/docker/c1", ""],
	["below that", "/docker/c1", "/docker/c1/sub", "/sub"],
	["in a mount of another cgroup's part", "/a", "/b", ""],
];

for (const [title, root, own, at] of LAYOUTS)
	test(`the quota of a cgroup v2 is found ${title}`, (t) => {
		const point = scratchFolder(t);
		mkdirSync(join(point, at), { recursive: true });
		writeFileSync(join(point, at, "cpu.max"), "250000 100000\n");
		const mounts = `31 23 0:28 ${root} ${point} rw shared:4 - cgroup2 cgroup2 rw\n`;
		assert.equal(cpuQuota(`0::${own}\n`, mounts), 2.5);
	});

test("the smallest quota counts, v1 beside v2, and max and -1 are none", (t) => {
	const point = scratchFolder(t);
	const mounts = [
		`31 23 0:28 / ${point}/v\\0402 rw - cgroup2 none rw`,
		`32 23 0:29 / ${point}/v1 rw - cgroup cgroup rw,cpu,cpuacct`,
		`33 23 0:30 / ${point}/set rw - cgroup cgroup rw,cpuset`,
	].join("\n");
	const cgroups = "0::/\n4:cpuacct,cpu:/a/b\n3:cpuset:/\n";
	for (const folder of ["v 2", "v1/a/b", "set"])
		mkdirSync(join(point, folder), { recursive: true });
	const set = (file: string, text: string) =>
		writeFileSync(join(point, file), `${text}\n`);
	set("v 2/cpu.max", "max 100000");
	set("set/cpu.max", "10000 100000");
	set("v1/a/b/cpu.cfs_quota_us", "-1");
	set("v1/a/b/cpu.cfs_period_us", "100000");
	assert.equal(cpuQuota(cgroups, mounts), Number.POSITIVE_INFINITY);
	set("v1/a/cpu.cfs_quota_us", "75000");
	set("v1/a/cpu.cfs_period_us", "50000");
	assert.equal(cpuQuota(cgroups, mounts), 1.5);
	set("v 2/cpu.max", "120000 100000");
	assert.equal(cpuQuota(cgroups, mounts), 1.2);
});

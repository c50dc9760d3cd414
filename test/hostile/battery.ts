// Plays every kind of hostile peer against a daemon and prints the outcomes as a Markdown table:
//   node build/test/hostile/battery.js [--count 200] [--kind WORD]
import { parseArgs } from "node:util";
import { percentile, startBystander } from "./bystander.js";
import { BYSTANDER, type Service } from "./bystander-thread.js";
import { CLIENTS } from "./clients.js";
import { CONTAINERS } from "./containers.js";
import { HostileDaemon, type Outcome, unexpected } from "./hostile-daemon.js";
import type { Kind } from "./kind.js";
import { LEAVING } from "./leaving.js";
import { REQUESTS } from "./requests.js";
import { type Resources, resourcesAtRest } from "./resources.js";
import type { Scope } from "./serving.js";
import { UPGRADES } from "./upgrades.js";

/** Peers of each kind before anything is measured: code is compiled then, and caches are filled. */
const WARM_UP = 20;
/** Milliseconds during which the daemon has only its well-behaved client. */
const IDLE_MS = 5_000;
/** Bytes by which the heap may have grown, after thousands of peers. */
const HEAP_BYTES = 2 * 1024 * 1024;

const { values: given } = parseArgs({
	options: {
		count: { type: "string", default: "200" },
		kind: { type: "string", default: "" },
	},
});
const count = Number(given.count);
const kinds = [
	...REQUESTS,
	...CLIENTS,
	...UPGRADES,
	...CONTAINERS,
	...LEAVING,
].filter(({ name }) => name.includes(given.kind));

const closers: (() => unknown)[] = [];
const scope = {
	after: (close: () => unknown) => closers.push(close),
} as unknown as Scope;
const faults: string[] = [];
try {
	await battery();
} finally {
	for (const close of closers.reverse()) await close();
}
for (const fault of faults) console.error(`NOT AS EXPECTED: ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;

async function battery(): Promise<void> {
	const bystander = await startBystander(scope);
	const bystanders = { [BYSTANDER]: bystander.row };
	const hostile = await HostileDaemon.start(scope, {
		kinds,
		count,
		seconds: 1,
		bystanders,
	});
	const { daemon } = hostile;
	bystander.begin(daemon.port);
	for (const kind of kinds)
		if (!kind.long) await hostile.play(kind, Math.min(WARM_UP, count));
	await bystander.end();
	const before = await resourcesAtRest(daemon);

	bystander.begin(daemon.port);
	await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
	const idle = await bystander.served();
	printHead();
	printRow("(nobody)", null, idle);
	const all: Service[] = [];
	for (const kind of kinds) {
		const outcome = await hostile.play(kind);
		const service = await bystander.served();
		all.push(service);
		printRow(kind.name, outcome, service);
		judge(kind, outcome, service);
	}
	all.push(await bystander.end());
	const after = await resourcesAtRest(daemon);
	printSum(idle, all);
	printResources(before, after);
	const stopped = await daemon.stop();
	const { internalFaults } = daemon.lines.at(-1) ?? {};
	console.log(`\nInternal faults: ${internalFaults}. Exit code: ${stopped}.`);
	if (internalFaults !== 0 || stopped !== 0) faults.push("the daemon's end");
}

function judge(kind: Kind, outcome: Outcome, service: Service): void {
	for (const what of unexpected(kind, outcome))
		faults.push(`${kind.name}: ${what}`);
	for (const what of service.wrong)
		faults.push(`${kind.name}, bystander: ${what}`);
	if (service.refused > 0 && !kind.flood)
		faults.push(`${kind.name}: bystander refused`);
}

function printHead(): void {
	console.log(
		"| kind of peer | its client's view | status and termination logged | bystander: answers | p99 ms | p99 of new connections ms | refused | wrong |",
	);
	console.log("|---|---|---|---|---|---|---|---|");
}

function printRow(
	name: string,
	outcome: Outcome | null,
	service: Service,
): void {
	const cells = [
		name,
		outcome === null ? "" : words(outcome.seen),
		outcome === null ? "" : words(outcome.logged) || "no line",
		service.known.length + service.fresh.length,
		percentile(service.known, 99).toFixed(1),
		percentile(service.fresh, 99).toFixed(1),
		service.refused,
		service.wrong.length,
	];
	console.log(`| ${cells.join(" | ")} |`);
}

function printSum(idle: Service, all: readonly Service[]): void {
	const known = all.flatMap((service) => service.known);
	const fresh = all.flatMap((service) => service.fresh);
	const wrong = all.flatMap((service) => service.wrong).length;
	const p99 = (values: readonly number[]) => percentile(values, 99).toFixed(1);
	console.log(
		`\nBystander: ${known.length + fresh.length} answers, ${wrong} wrong; p99 ${p99(known)} ms (idle proxy: ${p99(idle.known)} ms), of new connections ${p99(fresh)} ms (${p99(idle.fresh)} ms).`,
	);
}

function printResources(before: Resources, after: Resources): void {
	const rows: [string, number, number][] = [
		["descriptors", before.descriptors, after.descriptors],
		[
			"sockets",
			before.active.TCPSocketWrap ?? 0,
			after.active.TCPSocketWrap ?? 0,
		],
		["timers", before.active.Timeout ?? 0, after.active.Timeout ?? 0],
		["heap kB", kB(before.heap), kB(after.heap)],
		["outside the heap kB", kB(before.external), kB(after.external)],
		["resident kB", kB(before.resident), kB(after.resident)],
	];
	console.log("\n| the daemon's resources | before | after |\n|---|---|---|");
	for (const row of rows) console.log(`| ${row.join(" | ")} |`);
	for (const [name, was, is] of rows.slice(0, 3))
		if (is > was) faults.push(`${name}: ${is} after, ${was} before`);
	if (after.heap - before.heap > HEAP_BYTES) faults.push("the heap has grown");
}

function kB(bytes: number): number {
	return Math.round(bytes / 1024);
}

function words(numbers: ReadonlyMap<string, number>): string {
	return [...numbers]
		.map(([word, number]) => `${number} × ${word}`)
		.join("<br>");
}

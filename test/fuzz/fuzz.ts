import { parseArgs } from "node:util";
import {
	describeFind,
	type Find,
	type RunOptions,
	type Tally,
} from "./fuzz-run.js";
import { Patience } from "./patience.js";
import { fuzzRequests } from "./requests-side.js";
import { fuzzResponses } from "./responses-side.js";
import { fuzzTools } from "./tools-side.js";

const USAGE = `usage: npm run test:fuzz -- [--minutes N] [--side requests|responses|tools] [--seed S] [--cases N] [--finds N] [--as-found]

  --minutes  duration of each side (1)
  --side     only this side
  --seed     of the first case; printed at the start (the clock)
  --cases    number of cases
  --finds    stop after so many finds (10)
  --as-found report finds as they are, do not reduce them first
`;

const SIDES = {
	requests: fuzzRequests,
	responses: fuzzResponses,
	tools: fuzzTools,
};
type Side = keyof typeof SIDES;

const { values } = parseArgs({
	options: {
		minutes: { type: "string", default: "1" },
		side: { type: "string" },
		seed: { type: "string" },
		cases: { type: "string" },
		finds: { type: "string", default: "10" },
		"as-found": { type: "boolean", default: false },
		help: { type: "boolean", short: "h", default: false },
	},
});

/** Ticks of patience with a daemon, whose process may get no time while this one ticks. */
const ELSEWHERE = 200;

/** Milliseconds between two lines of progress. */
const PROGRESS_MS = 30_000;

async function run(side: Side): Promise<Find[]> {
	const seed = Number(values.seed ?? Date.now() % 2 ** 31);
	const minutes = Number(values.minutes);
	const most = Number(values.cases ?? Number.POSITIVE_INFINITY);
	console.log(`${side}: ${minutes} minutes, seed ${seed}`);
	const started = performance.now();
	let told = started;
	const finds: Find[] = [];
	const options: RunOptions = {
		seed,
		servers: true,
		minimises: !values["as-found"],
		goesOn: (tally) => {
			const now = performance.now();
			if (now > told + PROGRESS_MS) {
				told = now;
				console.log(progress(side, tally, now - started));
			}
			return (
				now < started + minutes * 60_000 &&
				tally.cases < most &&
				finds.length < Number(values.finds)
			);
		},
		onFind: (find) => {
			finds.push(find);
			console.log(describeFind(find));
		},
	};
	const patience = new Patience(side === "tools" ? ELSEWHERE : undefined);
	const tally = await SIDES[side](patience, options).finally(() =>
		patience.stop(),
	);
	console.log(
		`${progress(side, tally, performance.now() - started)}, ${finds.length} disagreements`,
	);
	return finds;
}

function progress(side: Side, tally: Tally, ms: number): string {
	const readings = Object.entries(tally.readings)
		.map(([name, count]) => `, ${count} read again by ${name}`)
		.join("");
	const rate = Math.round(tally.messages / (ms / 1000));
	return `${side}: ${Math.round(ms / 1000)} s, ${tally.messages} messages judged on ${tally.cases} connections${readings}, ${rate} messages/s`;
}

const sides = Object.keys(SIDES) as Side[];
const asked = sides.filter(
	(side) => values.side === undefined || values.side === side,
);
if (values.help || asked.length === 0) {
	console.log(USAGE);
	process.exitCode = values.help ? 0 : 2;
}
for (const side of values.help ? [] : asked)
	if ((await run(side)).length > 0) process.exitCode = 1;

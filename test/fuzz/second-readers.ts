import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { repository } from "../support/folders.js";
import type { Arrival } from "./recording-container.js";
import { membersOf } from "./strict.js";

/** A request as another server read it. */
export interface SecondReading {
	readonly method: string;
	readonly target: string;
	readonly body: string;
}

/** Another HTTP server, which must read the same requests out of the bytes that the container was sent. */
export interface SecondReader {
	readonly name: string;
	/** Its reading of the requests on one connection; fewer, where it refuses one. */
	readonly read: (
		arrivals: readonly Arrival[],
	) => Promise<readonly SecondReading[]>;
	stop(): void;
}

/** The requests up to the first that ends its connection or upgrades it: one connection can carry these. */
export function onOneConnection(arrivals: readonly Arrival[]): Arrival[] {
	const last = arrivals.findIndex(({ request: { fields } }) =>
		membersOf(fields, "connection").some(
			(option) => option === "close" || option === "upgrade",
		),
	);
	return arrivals.slice(0, last < 0 ? arrivals.length : last + 1);
}

/** The differences between the requests and the reader's reading of them, in words. */
export function misreadings(
	name: string,
	arrivals: readonly Arrival[],
	readings: readonly SecondReading[],
): string[] {
	const problems: string[] = [];
	if (readings.length > arrivals.length)
		problems.push(
			`${name} reads ${readings.length} requests where ${arrivals.length} were sent`,
		);
	readings.forEach((reading, i) => {
		const sent = arrivals[i]?.request;
		if (sent === undefined) return;
		for (const what of ["method", "target", "body"] as const)
			if (sent[what] !== reading[what])
				problems.push(
					`${name} reads the ${what} ${JSON.stringify(sent[what])} as ${JSON.stringify(reading[what])}`,
				);
	});
	return problems;
}

/** White space for Python's str.split(), which it applies to a request line: raw UTF-8 may contain it. */
const SPLITS = /[\x85\xa0]/;

type Line = [
	requests: [method: string, path: string, fields: unknown, body: string][],
	refusal: number,
];

/** Python's http.server in a process of its own. */
export function startPython(): SecondReader {
	const program = join(repository, "test", "fuzz", "python-judge.py");
	const python = spawn("python3", [program], {
		stdio: ["pipe", "pipe", "inherit"],
	});
	const waiting: ((line: Line) => void)[] = [];
	createInterface({ input: python.stdout }).on("line", (line) => {
		const parsed: Line = JSON.parse(line);
		waiting.shift()?.(parsed);
	});
	python.on("error", (error) => {
		throw new Error("the fuzzer needs python3 in PATH", { cause: error });
	});
	return {
		name: "Python",
		read: async (arrivals) => {
			const split = arrivals.findIndex(({ request }) =>
				SPLITS.test(request.target),
			);
			const read = split < 0 ? arrivals : arrivals.slice(0, split);
			const bytes = read.map((arrival) => arrival.bytes).join("");
			const [requests] = await new Promise<Line>((resolve) => {
				waiting.push(resolve);
				python.stdin.write(`${JSON.stringify(bytes)}\n`);
			});
			return requests.map(([method, target, , body]) => ({
				method,
				target,
				body,
			}));
		},
		stop: () => python.stdin.end(),
	};
}

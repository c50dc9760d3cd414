import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { repository } from "../support/daemon.js";
import type { SecondReader, SecondReading } from "./second-readers.js";

/** White space for Python's str.split(), with which it takes a request line apart: raw UTF-8 may hold it. */
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
			return requests.map(
				([method, target, , body]): SecondReading => ({ method, target, body }),
			);
		},
		stop: () => python.stdin.end(),
	};
}

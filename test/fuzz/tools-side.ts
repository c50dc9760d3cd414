import { newTally, type RunOptions, type Tally, work } from "./fuzz-run.js";
import type { Patience } from "./patience.js";
import { type Received, ToolContainer } from "./tool-container.js";
import { ToolLane } from "./tool-lane.js";
import { TOOLS } from "./tool-rows.js";
import { startToolSubject } from "./tool-subject.js";

/** Clients that run at the same time. */
const LANES = 12;

/** Clients ask for tools by host and by path, of containers that may break off. */
export async function fuzzTools(
	patience: Patience,
	options: RunOptions,
): Promise<Tally> {
	const tally = newTally();
	const received = new Map<string, Received>();
	const containers = await Promise.all(
		TOOLS.filter(({ place }) => place === "running").map(
			async ({ key }) =>
				[key, await new ToolContainer(key, received).listen()] as const,
		),
	);
	const ports = containers.map(([key, { port }]) => [key, port] as const);
	const subject = await startToolSubject(new Map(ports));
	const place = {
		subject,
		received,
		takeProblems: () =>
			containers.flatMap(([, { problems }]) => problems.splice(0)),
	};
	const lanes = Array.from(
		{ length: LANES },
		(_, index) => new ToolLane(place, patience, `${index}`, tally),
	);
	try {
		await Promise.all(lanes.map((lane) => work(lane, tally, options)));
	} finally {
		subject.stop();
		for (const [, container] of containers) container.close();
	}
	return tally;
}

import type { Arrival } from "./recording-container.js";
import { membersOf } from "./strict.js";

/** A request as another server read it. */
export interface SecondReading {
	readonly method: string;
	readonly target: string;
	readonly body: string;
}

/** Another HTTP server, which is given what the container was sent: what it makes of it must be the same. */
export interface SecondReader {
	readonly name: string;
	/** What it reads of requests on one connection; fewer, where it refuses one. */
	read(arrivals: readonly Arrival[]): Promise<readonly SecondReading[]>;
	stop(): void;
}

/** Of requests that came on any connections, those that one connection can carry: none behind a last one or an upgrade. */
export function onOneConnection(arrivals: readonly Arrival[]): Arrival[] {
	const last = arrivals.findIndex(({ request: { fields } }) =>
		membersOf(fields, "connection").some(
			(option) => option === "close" || option === "upgrade",
		),
	);
	return arrivals.slice(0, last < 0 ? arrivals.length : last + 1);
}

/** @returns what the reader made of the requests that they are not, in words */
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

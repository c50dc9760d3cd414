import assert from "node:assert/strict";
import type { Group } from "../support/group.js";

/** Kills the workers of all slots at once, and waits for their successors. `meanwhile` runs while nobody serves. */
export async function killAll(
	group: Group,
	workers: number,
	meanwhile?: () => Promise<void>,
): Promise<void> {
	const pids = Array.from({ length: workers }, (_, at) => group.pidOf(at + 1));
	for (const pid of pids) process.kill(pid, "SIGKILL");
	await meanwhile?.();
	await Promise.all(pids.map((pid) => group.successorOf(pid)));
}

/** Runs `body` while the worker in this slot is the only one of two that accepts connections. */
export async function withAlone<T>(
	group: Group,
	slot: 1 | 2,
	body: () => Promise<T>,
): Promise<T> {
	const other = group.pidOf(3 - slot);
	process.kill(other, "SIGSTOP");
	try {
		return await body();
	} finally {
		process.kill(other, "SIGCONT");
	}
}

export function withFirstAlone<T>(
	group: Group,
	body: () => Promise<T>,
): Promise<T> {
	return withAlone(group, 1, body);
}

/** Asks so often, on new connections, that every worker answers, and expects the same answer each time. */
export async function expectEverywhere<T>(
	ask: () => Promise<T>,
	expected: T,
	message: string,
): Promise<void> {
	for (let round = 0; round < 3; round++) {
		const answers = await Promise.all(Array.from({ length: 8 }, ask));
		for (const answer of answers) assert.deepEqual(answer, expected, message);
	}
}

/** Asks as above until every worker gives the answer, which each of them learns for itself. */
export async function awaitEverywhere<T>(
	ask: () => Promise<T>,
	expected: T,
): Promise<void> {
	for (let rounds = 0; rounds < 3; ) {
		const answers = await Promise.all(Array.from({ length: 8 }, ask));
		rounds = answers.every((answer) => answer === expected) ? rounds + 1 : 0;
	}
}

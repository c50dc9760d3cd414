import { once } from "node:events";
import { connect } from "node:net";
import { codeOf } from "../../session-map/unreadable.js";
import type { Verdict } from "./verdict.js";

/** Connections that are tried at a time. */
const AT_A_TIME = 32;

/** The verdicts, with "closed" for each target that was ready and accepts no connection now. Sends nothing. */
export async function closedIn(
	verdicts: readonly Verdict[],
	timeoutMs: number,
): Promise<readonly Verdict[]> {
	const ready = verdicts.filter(({ state }) => state === "ready");
	const targets = [...new Set(ready.map(({ target }) => target))];
	const failures = new Map<string, string>();
	const waiting = targets.values();
	const worker = async (): Promise<void> => {
		for (const target of waiting) {
			const failure = await failureOf(target, timeoutMs);
			if (failure !== undefined) failures.set(target, failure);
		}
	};
	await Promise.all(Array.from({ length: AT_A_TIME }, worker));
	return verdicts.map((verdict) => {
		const reason =
			verdict.state === "ready" ? failures.get(verdict.target) : undefined;
		return reason === undefined
			? verdict
			: { ...verdict, state: "closed", reason };
	});
}

/** Why "host:port" accepts no connection; undefined if it does. */
async function failureOf(
	target: string,
	timeoutMs: number,
): Promise<string | undefined> {
	const colon = target.lastIndexOf(":");
	const host = target.slice(0, colon).replace(/^\[|\]$/g, "");
	const socket = connect({ host, port: Number(target.slice(colon + 1)) });
	const late = new Error("it does not answer");
	// 0 means no limit, which would let a list wait for minutes.
	socket.setTimeout(timeoutMs || LONGEST_MS, () => socket.destroy(late));
	try {
		await once(socket, "connect");
		return undefined;
	} catch (error) {
		return codeOf(error) === "ECONNREFUSED"
			? "it refuses connections"
			: (error as Error).message;
	} finally {
		socket.destroy();
	}
}

/** Milliseconds. */
const LONGEST_MS = 5_000;

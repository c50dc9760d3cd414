import type { Conversation } from "./conversation.js";
import { ALLOWED_DIFFERENCES, hasLeft } from "./differences.js";
import type { LlhttpReading, LlhttpRequest } from "./llhttp.js";
import { linesOf } from "./strict.js";
import type { ReadRequest } from "./strict-request.js";

/** The first thing in which the two part; null where there is none, or an allowed one. */
export function disagreement(
	{ exchanges, end, rule }: Conversation,
	theirs: LlhttpReading,
): string | null {
	for (let i = 0; ; i++) {
		const our = exchanges[i]?.request;
		const their = theirs.requests[i];
		if (our !== undefined && their !== undefined) {
			const difference = differenceOf(our, their);
			if (difference !== null) return `llhttp reads another ${difference}`;
			if (hasLeft(our)) return null;
		} else if (our !== undefined)
			return isTaken(our, theirs.refusal, exchanges[i - 1]?.request)
				? null
				: `llhttp refuses (${theirs.refusal}) ${JSON.stringify(our)}`;
		else if (their === undefined) return null;
		else if (end === "refused")
			return isRefused(rule)
				? null
				: `llhttp takes what we refuse (${rule}): ${JSON.stringify(their)}`;
		else {
			const last = exchanges[i - 1]?.request;
			return last !== undefined && isEnded(last)
				? null
				: `llhttp goes on: ${JSON.stringify(their)}`;
		}
	}
}

function isTaken(
	request: ReadRequest,
	refusal: string,
	before: ReadRequest | undefined,
): boolean {
	return ALLOWED_DIFFERENCES.some(({ taken }) =>
		taken?.(request, refusal, before),
	);
}

function isRefused(rule: string): boolean {
	return ALLOWED_DIFFERENCES.some(({ refused }) => refused?.includes(rule));
}

function isEnded(request: ReadRequest): boolean {
	return ALLOWED_DIFFERENCES.some(({ ended }) => ended?.(request));
}

function differenceOf(our: ReadRequest, their: LlhttpRequest): string | null {
	const pairs: [what: string, our: string, their: string][] = [
		["method", our.method, their.method],
		["target", our.target, their.target],
		["fields", linesOf(our.fields), linesOf(their.fields)],
		["body", our.body, their.body],
		["trailers", linesOf(our.trailers), linesOf(their.trailers)],
	];
	const found = pairs.find(([, one, other]) => one !== other);
	if (found === undefined) return null;
	return `${found[0]}: ${JSON.stringify(found[1])} is ${JSON.stringify(found[2])}`;
}

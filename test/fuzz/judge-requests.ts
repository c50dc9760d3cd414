// Longer than 200 lines: both ends of a request are judged in one place.
import type { Conversation, ExpectedExchange } from "./conversation.js";
import {
	forwarded,
	type Outlook,
	trailing,
	withoutChance,
} from "./forwarded.js";
import type { Arrival } from "./recording-container.js";
import { linesOf } from "./strict.js";
import { ADDED_LINES, readRequest } from "./strict-request.js";
import {
	type AskedFor,
	type ReadResponse,
	readResponse,
} from "./strict-response.js";

/** One connection as the client and the container observed it. */
export interface Seen {
	/** Everything that the client received. */
	readonly answer: string;
	/** The client waited too long. */
	readonly hung: boolean;
	readonly arrivals: readonly Arrival[];
	/** Beginnings of incomplete requests. */
	readonly broken: readonly string[];
	readonly tunnels: readonly string[];
}

/** Statuses with which a proxy refuses a request. */
const REFUSALS = [400, 405, 408, 414, 431, 501, 505];

/** Compares both ends' observations with the required outcome. @returns the differences, in words */
export function judgeRequests(
	expected: Conversation,
	seen: Seen,
	outlook: Outlook,
): string[] {
	const problems: string[] = [];
	if (seen.hung) problems.push("the client waited too long");
	const answers = answersOf(expected, seen.answer);
	problems.push(...answers.problems);
	const exchanges = expected.exchanges.slice(0, answers.served);
	const due = exchanges.filter(({ forwards }) => forwards);
	if (seen.arrivals.length !== due.length)
		problems.push(
			`${due.length} requests are good and ${seen.arrivals.length} reached the container: ${JSON.stringify(seen.arrivals.map(({ bytes }) => bytes))}`,
		);
	due.forEach((exchange, i) => {
		const arrival = seen.arrivals[i];
		if (arrival === undefined) return;
		problems.push(...differences(exchange, arrival, outlook));
		const serial = answers.serials[i];
		if (`${arrival.serial}` !== serial)
			problems.push(`request ${arrival.serial} got the answer to ${serial}`);
	});
	problems.push(...judgeBroken(expected, seen.broken, outlook));
	const tunnels = expected.end === "tunnel" ? [expected.rest] : [];
	if (!answers.stopped && tunnels.join() !== seen.tunnels.join())
		problems.push(`the tunnel carried ${JSON.stringify(seen.tunnels)}`);
	return problems;
}

function differences(
	{ request }: ExpectedExchange,
	{ request: came }: Arrival,
	outlook: Outlook,
): string[] {
	const due = forwarded(request, outlook);
	const line = `${came.method} ${came.target} HTTP/1.${came.minor}`;
	const trailers = trailing(request.trailers);
	const pairs: [what: string, due: string, came: string][] = [
		["request line", due.line, line],
		["fields", linesOf(due.fields), linesOf(withoutChance(came.fields))],
		["body", request.body, came.body],
		["trailers", linesOf(trailers), linesOf(came.trailers)],
	];
	return pairs
		.filter(([, wanted, got]) => wanted !== got)
		.map(
			([what, wanted, got]) =>
				`the ${what} ${JSON.stringify(wanted)} arrived as ${JSON.stringify(got)}`,
		);
}

/** Only an incomplete request may have reached the container in part. */
function judgeBroken(
	{ begun }: Conversation,
	broken: readonly string[],
	outlook: Outlook,
): string[] {
	if (broken.length === 0) return [];
	const [bytes = ""] = broken;
	const step = readRequest(bytes, 0, ADDED_LINES);
	const came = step.kind === "incomplete" ? step.begun : null;
	if (broken.length > 1 || came === null || !begun?.forwards)
		return [`parts of requests arrived: ${JSON.stringify(broken)}`];
	const request = { ...begun.request, body: came.body, trailers: [] };
	const arrival = { request: came, bytes, serial: 0 };
	const problems = differences({ ...begun, request }, arrival, outlook);
	if (!begun.request.body.startsWith(came.body))
		problems.push(`of a broken body arrived ${JSON.stringify(came.body)}`);
	return problems;
}

interface Answers {
	/** Of the exchanges, how many were answered. */
	served: number;
	/** The connection ended earlier than it had to, where that is allowed. */
	stopped: boolean;
	/** Which requests the answers from the container belong to. */
	serials: string[];
	problems: string[];
}

function answersOf(expected: Conversation, bytes: string): Answers {
	const reader = new AnswerReader(bytes);
	const answers: Answers = {
		served: 0,
		stopped: false,
		serials: [],
		problems: [],
	};
	for (const { request, forwards, mayBeLast } of expected.exchanges) {
		const tunnel =
			expected.end === "tunnel" &&
			request === expected.exchanges.at(-1)?.request;
		const asked = { isHead: request.method === "HEAD", minor: request.minor };
		const status = forwards ? (tunnel ? 101 : 200) : 403;
		const response = reader.next(asked, tunnel);
		if (response?.status !== status) {
			answers.problems.push(
				`instead of ${status} for ${request.method} ${request.target} came ${reader.shown}`,
			);
			return answers;
		}
		answers.served++;
		if (forwards) answers.serials.push(serialOf(response));
		if (mayBeLast && reader.isAtEnd) {
			answers.stopped = true;
			return answers;
		}
	}
	answers.problems.push(...judgeEnd(expected, reader));
	return answers;
}

/** Checks the bytes after the answers to good requests: a refusal where one is required, and no more. */
function judgeEnd(expected: Conversation, reader: AnswerReader): string[] {
	const { begun, end, rule } = expected;
	const isHead = begun?.request.method === "HEAD";
	const asked = { isHead, minor: 1 };
	if (begun !== null && !begun.forwards) {
		const response = reader.next(asked, false);
		if (response?.status !== 403)
			return [`instead of 403 without a session came ${reader.shown}`];
	} else if (end === "refused") {
		const response = reader.next(asked, false);
		if (!REFUSALS.includes(response?.status ?? 0))
			return [`instead of a refusal (${rule}) came ${reader.shown}`];
	} else if (end === "open" && !reader.isAtEnd) {
		const response = reader.next(asked, false);
		if (!REFUSALS.includes(response?.status ?? 0))
			return [`for an incomplete request came ${reader.shown}`];
	}
	return reader.isAtEnd ? [] : [`after the last answer came ${reader.shown}`];
}

function serialOf({ fields }: ReadResponse): string {
	return fields.find(([name]) => name === "X-Serial")?.[1] ?? "";
}

class AnswerReader {
	#at = 0;
	readonly #bytes: string;

	constructor(bytes: string) {
		this.#bytes = bytes;
	}

	get isAtEnd(): boolean {
		return this.#at === this.#bytes.length;
	}

	get shown(): string {
		return this.isAtEnd
			? "nothing"
			: JSON.stringify(this.#bytes.slice(this.#at));
	}

	/** The next final answer, or the expected 101; null where none is complete. */
	next(asked: AskedFor, tunnel: boolean): ReadResponse | null {
		for (;;) {
			const step = readResponse(this.#bytes, this.#at, asked, true);
			if (step.kind !== "message") return null;
			const { response, end } = step;
			if (response.status === 101 && !tunnel) return null;
			this.#at = end;
			if (response.status >= 200 || tunnel) return response;
		}
	}
}

import type { HeadOut } from "./container-head.js";
import type { Asking, Outcome } from "./container-response.js";
import { type Field, linesOf } from "./strict.js";
import {
	type ReadResponse,
	type ResponseStep,
	readResponse,
} from "./strict-response.js";

/** One request of a client and its required outcome. */
export interface Exchange {
	readonly number: string;
	readonly asking: Asking;
	readonly outcome: Outcome;
	/** The proxy may have asked a second time; the container then says the number. */
	readonly retried: boolean;
	/** The proxy may have lost it to a connection that ended: 502. */
	readonly lost: boolean;
}

/** A client's view of its connection: all bytes, and how it ended; open while it has not. */
export interface ClientView {
	readonly bytes: string;
	readonly end: "open" | "fin" | "reset";
}

/** The position after judging one exchange. */
export type Judged =
	| { kind: "answered"; at: number; over: boolean }
	| { kind: "waiting" }
	| { kind: "wrong"; problem: string };

/** Compares the next answer in the client's bytes with the required outcome. over: the connection has no more answers. */
export function judgeAnswer(
	exchange: Exchange,
	view: ClientView,
	from: number,
): Judged {
	const { asking, outcome } = exchange;
	let at = from;
	const interims: ReadResponse[] = [];
	for (;;) {
		const step = readResponse(view.bytes, at, asking, view.end === "fin");
		if (step.kind === "message" && step.response.status < 200) {
			if (step.response.status === 101) return tunnel(exchange, view, step);
			interims.push(step.response);
			at = step.end;
			continue;
		}
		const wrong = interimProblem(exchange, interims);
		if (wrong !== null) return wrong;
		if (step.kind === "bad")
			return problem(`an answer is malformed (${step.rule})`, exchange, view);
		if (step.kind === "incomplete") return cut(exchange, view, step.begun);
		const { response, end } = step;
		const own = isOwn(exchange, response);
		if (outcome.kind === "whole" && !own) {
			const differs = wholeProblem(exchange, response, interims.length);
			if (differs !== null && !isSecond(exchange, response))
				return problem(differs, exchange, view);
		} else if (!own && !isSecond(exchange, response))
			return problem(`got ${response.status}`, exchange, view);
		return { kind: "answered", at: end, over: closes(response) };
	}
}

function problem(
	text: string,
	{ number, outcome }: Exchange,
	view: ClientView,
): Judged {
	const { kind, rule } = outcome;
	return {
		kind: "wrong",
		problem: `request ${number} (${kind} ${rule}): ${text}; the client has ${JSON.stringify(view.bytes)} (${view.end})`,
	};
}

function interimProblem(
	exchange: Exchange,
	interims: readonly ReadResponse[],
): Judged | null {
	const { asking, outcome } = exchange;
	const due = asking.minor === 0 ? [] : outcome.interims;
	const wrong = interims.some((interim, i) => {
		const head = due[i];
		return head === undefined || headProblem(head, interim, []) !== null;
	});
	return wrong
		? problem("other interim responses", exchange, { bytes: "", end: "open" })
		: null;
}

/** The proxy's own 502, where the container did not answer. */
function isOwn({ outcome, lost }: Exchange, response: ReadResponse): boolean {
	const isDue = outcome.kind === "broken" || lost;
	return (
		isDue &&
		response.status === 502 &&
		(response.framing === "none" || response.body === "Proxy target missing")
	);
}

/** The request was repeated, where the container had sent no byte. */
function isSecond(
	{ number, retried, asking }: Exchange,
	response: ReadResponse,
): boolean {
	const body = asking.isHead ? "" : number;
	return retried && response.status === 200 && response.body === body;
}

function wholeProblem(
	{ asking, outcome }: Exchange,
	response: ReadResponse,
	interims: number,
): string | null {
	const { head } = outcome;
	if (head === null) return "there is no answer";
	if (asking.minor === 1 && interims !== outcome.interims.length)
		return "interim responses are missing";
	const differs = headProblem(head, response, framingLines(asking, outcome));
	if (differs !== null) return differs;
	if (response.body !== outcome.body) return "the body differs";
	const trailers = asking.minor === 0 ? [] : outcome.trailers;
	return linesOf(response.trailers) === linesOf(trailers)
		? null
		: "the trailers differ";
}

/** The proxy's framing: a body that a close ended arrives in chunks. */
function framingLines({ minor }: Asking, { framing }: Outcome): Field[] {
	const chunks = minor === 1 && (framing === "chunked" || framing === "close");
	return chunks ? [["Transfer-Encoding", "chunked"]] : [];
}

function headProblem(
	head: HeadOut,
	response: ReadResponse,
	framing: readonly Field[],
): string | null {
	if (response.status !== head.status || response.reason !== head.reason)
		return "the status line differs";
	const fields = response.fields.filter(([name]) => name !== "Connection");
	return linesOf(fields) === linesOf([...head.fields, ...framing])
		? null
		: "the fields differ";
}

/** A missing or incomplete answer is allowed only where the container broke it off, and if the end shows that. */
function cut(
	exchange: Exchange,
	view: ClientView,
	begun: ReadResponse | null,
): Judged {
	const { asking, outcome } = exchange;
	if (view.end === "open") return { kind: "waiting" };
	if (outcome.kind !== "broken")
		return problem("the answer is incomplete", exchange, view);
	if (begun === null)
		return view.end === "reset"
			? { kind: "answered", at: view.bytes.length, over: true }
			: problem("no answer at all", exchange, view);
	const { head } = outcome;
	if (head === null) return problem("an answer from nowhere", exchange, view);
	const differs = headProblem(head, begun, framingLines(asking, outcome));
	if (differs !== null) return problem(differs, exchange, view);
	if (!outcome.body.startsWith(begun.body))
		return problem("a cut body differs", exchange, view);
	return { kind: "answered", at: view.bytes.length, over: true };
}

function tunnel(
	exchange: Exchange,
	view: ClientView,
	step: Extract<ResponseStep, { kind: "message" }>,
): Judged {
	const { outcome } = exchange;
	if (outcome.kind !== "tunnel" || outcome.head === null)
		return problem("a 101 that was not agreed", exchange, view);
	const upgrade = step.response.fields.filter(([name]) => name !== "Upgrade");
	const differs = headProblem(
		outcome.head,
		{ ...step.response, fields: upgrade },
		[],
	);
	if (differs !== null) return problem(differs, exchange, view);
	if (view.end === "open") return { kind: "waiting" };
	const rest = view.bytes.slice(step.end);
	const isWhole = view.end === "reset" || rest === outcome.body;
	if (!isWhole || !outcome.body.startsWith(rest))
		return problem("the tunnel carried other bytes", exchange, view);
	return { kind: "answered", at: view.bytes.length, over: true };
}

function closes({ fields }: ReadResponse): boolean {
	return fields.some(
		([name, value]) => name === "Connection" && value === "close",
	);
}

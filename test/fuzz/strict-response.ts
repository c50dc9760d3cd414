import {
	Bad,
	type Field,
	fieldsOf,
	INCOMPLETE,
	readChunked,
	refuseStray,
	ruleOf,
	sizedBody,
	valuesOf,
} from "./strict.js";

/** The properties of a request that decide how its answer is read. */
export interface AskedFor {
	readonly isHead: boolean;
	/** Of the request: 0 or 1. */
	readonly minor: number;
}

/** A response as a strict client reads it; all text is latin1. */
export interface ReadResponse {
	readonly status: number;
	readonly reason: string;
	readonly fields: readonly Field[];
	readonly framing: "none" | "length" | "chunked" | "close";
	/** The beginning, where the response is incomplete. */
	body: string;
	trailers: readonly Field[];
}

export type ResponseStep =
	| { kind: "message"; response: ReadResponse; end: number }
	| { kind: "incomplete"; begun: ReadResponse | null }
	| { kind: "bad"; rule: string };

const LINE = /^HTTP\/1\.1 ([1-9][0-9]{2}) ([\t\x20-\x7e\x80-\xff]*)$/;
const MOST_LINES = 20_000;

/** The next response, which may be an interim one. ended: the sender has ended its side with a FIN. */
export function readResponse(
	bytes: string,
	from: number,
	asked: AskedFor,
	ended: boolean,
): ResponseStep {
	let begun: ReadResponse | null = null;
	try {
		const found = bytes.indexOf("\r\n\r\n", from);
		refuseStray(found < 0 ? bytes.slice(from) : bytes.slice(from, found + 2));
		if (found < 0) throw INCOMPLETE;
		const response = readHead(bytes.slice(from, found + 2), asked);
		begun = response;
		const end = readBody(bytes, found + 4, response, ended);
		return { kind: "message", response, end };
	} catch (error) {
		const rule = ruleOf(error);
		return rule === "incomplete"
			? { kind: "incomplete", begun }
			: { kind: "bad", rule };
	}
}

function readHead(head: string, asked: AskedFor): ReadResponse {
	const lineEnd = head.indexOf("\r\n");
	const match = LINE.exec(head.slice(0, lineEnd));
	if (match === null) throw new Bad("status line");
	const status = Number(match[1]);
	const fields = fieldsOf(head.slice(lineEnd + 2), MOST_LINES);
	const lengths = valuesOf(fields, "content-length");
	const codings = valuesOf(fields, "transfer-encoding");
	if (lengths.length > 1 || codings.length > 1) throw new Bad("two framings");
	if (lengths.length + codings.length > 1) throw new Bad("both framings");
	if (!lengths.every((length) => /^[0-9]{1,15}$/.test(length)))
		throw new Bad("Content-Length");
	if (!codings.every((coding) => coding === "chunked" && asked.minor === 1))
		throw new Bad("Transfer-Encoding");
	const lengthless = status < 200 || status === 204;
	if (lengthless && lengths.length + codings.length > 0)
		throw new Bad("framing where there is no body");
	return {
		status,
		reason: match[2] ?? "",
		fields,
		framing: framingOf(status, asked, lengths.length, codings.length),
		body: "",
		trailers: [],
	};
}

function framingOf(
	status: number,
	{ isHead }: AskedFor,
	lengths: number,
	codings: number,
): ReadResponse["framing"] {
	if (isHead || status < 200 || status === 204 || status === 304) return "none";
	if (codings > 0) return "chunked";
	return lengths > 0 ? "length" : "close";
}

function readBody(
	bytes: string,
	at: number,
	response: ReadResponse,
	ended: boolean,
): number {
	switch (response.framing) {
		case "none":
			return at;
		case "close":
			response.body = bytes.slice(at);
			if (!ended) throw INCOMPLETE;
			return bytes.length;
		case "length": {
			const length = Number(valuesOf(response.fields, "content-length")[0]);
			return sizedBody(bytes, at, length, response);
		}
		case "chunked": {
			const read = readChunked(bytes, at, (body) => {
				response.body = body;
			});
			if (read.sizes.some((line) => /[\t ]/.test(line)))
				throw new Bad("blanks in a chunk size line");
			response.body = read.body;
			response.trailers = read.trailers;
			return read.end;
		}
	}
}

import { METHODS } from "node:http";
import type { Conversation } from "./conversation.js";
import type { LlhttpReading, LlhttpRequest } from "./llhttp.js";
import { linesOf, membersOf } from "./strict.js";
import type { ReadRequest } from "./strict-request.js";

/** A place where this proxy and Node's strict parser may differ, and why neither is wrong. */
interface AllowedDifference {
	readonly reason: string;
	/** We accept the request, llhttp does not; before: the previous one. */
	readonly taken?: (
		request: ReadRequest,
		refusal: string,
		before: ReadRequest | undefined,
	) => boolean;
	/** The rules (of the strict parser in this folder) for which we refuse, where llhttp does not. */
	readonly refused?: readonly string[];
	/** The connection ends after this request for us, not for llhttp. */
	readonly ended?: (request: ReadRequest) => boolean;
}

const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [
	{
		reason: "targets may contain raw UTF-8: nginx's kernels location sends it",
		taken: ({ target }, refusal) =>
			refusal === "HPE_INVALID_URL" && /[\x80-\xff]/.test(target),
	},
	{
		reason: "a method is any token (RFC 9110 9.1); llhttp has a list",
		taken: ({ method }, refusal) =>
			method === "PRI" ||
			(refusal === "HPE_INVALID_METHOD" && !METHODS.includes(method)),
	},
	{
		reason: "chunk extensions may have white space around (RFC 9112 7.1.1)",
		taken: ({ sizes }, refusal) =>
			refusal === "HPE_INVALID_CHUNK_SIZE" &&
			sizes.some((size) => /[\t ]/.test(size)),
	},
	{
		reason: "zeros before a chunk size do not count as digits",
		taken: ({ sizes }, refusal) =>
			refusal === "HPE_INVALID_CHUNK_SIZE" &&
			sizes.some((size) => /^0[0-9a-fA-F]{16}/.test(size)),
	},
	{
		reason: "framing fields among the trailers are dropped",
		taken: ({ trailers }, refusal) =>
			/CONTENT_LENGTH|TRANSFER_ENCODING/.test(refusal) &&
			trailers.some(([name]) => /^(content-l|transfer-e)/i.test(name)),
	},
	{
		reason: "llhttp obeys Connection among the trailers; it is dropped there",
		taken: (_request, refusal, before) =>
			refusal === "HPE_CLOSED_CONNECTION" &&
			before !== undefined &&
			membersOf(before.trailers, "connection").includes("close"),
	},
	{
		reason: "Node reads no body after an upgrade of any kind",
		taken: hasLeft,
	},
	{
		reason: "Connection: close counts in HTTP/1.0 too, next to keep-alive",
		ended: ({ minor, fields }) =>
			minor === 0 && membersOf(fields, "connection").includes("close"),
	},
	{
		reason: "llhttp reads Proxy-Connection as Connection; no RFC knows it",
		ended: ({ minor, fields }) =>
			minor === 0 &&
			membersOf(fields, "proxy-connection").includes("keep-alive"),
	},
	{
		reason: "an upgrade that did not become a tunnel ends its connection",
		ended: hasLeft,
	},
	{
		reason:
			"node:http's server asks for Host, its parser does not; two or malformed ones pass both",
		refused: ["no Host", "several Host", "Host"],
	},
	{
		reason:
			"requests for no container: asterisk and authority form, fragments, user information, CONNECT, TRACE; invalid UTF-8",
		refused: [
			...["target form", "target authority", "target bytes"],
			...["fragment", "method"],
		],
	},
	{
		reason:
			"one space between the parts of a request line, none at its end; HTTP/0.9 and 2.0 are not served",
		refused: ["request line", "HTTP version"],
	},
	{
		reason: "llhttp skips bare CR and LF before a request",
		refused: ["control byte or stray line end"],
	},
	{
		reason:
			"a single chunked is the only coding, and not in HTTP/1.0; llhttp requires it to be the last, and ignores an empty field",
		refused: [
			"Transfer-Encoding",
			"several Transfer-Encoding",
			"Transfer-Encoding in HTTP/1.0",
			"Content-Length with Transfer-Encoding",
		],
	},
	{
		reason:
			"the field is forwarded unchanged, and not every container trims the white space that RFC 9112 5 allows",
		refused: ["white space around framing"],
	},
	{
		reason: "limits: llhttp's are larger",
		refused: [
			...["too many field lines", "chunk size line too long"],
			...["request line too long", "head too large"],
			"trailer too large",
		],
	},
	{
		reason:
			"a chunk extension has a name, and a value after an equals sign; llhttp is less strict",
		refused: ["chunk size"],
	},
];

/** Whether Node reads no further request: after any upgrade. */
export function hasLeft({ fields }: ReadRequest): boolean {
	return (
		fields.some(([name]) => name.toLowerCase() === "upgrade") &&
		membersOf(fields, "connection").includes("upgrade")
	);
}

/** The first difference between the two; null where there is none, or an allowed one. */
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
			return isAllowed(({ taken }) =>
				taken?.(our, theirs.refusal, exchanges[i - 1]?.request),
			)
				? null
				: `llhttp refuses (${theirs.refusal}) ${JSON.stringify(our)}`;
		else if (their === undefined) return null;
		else if (end === "refused")
			return isAllowed(({ refused }) => refused?.includes(rule))
				? null
				: `llhttp takes what we refuse (${rule}): ${JSON.stringify(their)}`;
		else {
			const last = exchanges[i - 1]?.request;
			return last && isAllowed(({ ended }) => ended?.(last))
				? null
				: `llhttp goes on: ${JSON.stringify(their)}`;
		}
	}
}

function isAllowed(
	covers: (one: AllowedDifference) => boolean | undefined,
): boolean {
	return ALLOWED_DIFFERENCES.some(covers);
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

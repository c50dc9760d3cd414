import type { Outcome } from "./container-response.js";
import type { LlhttpResponse } from "./llhttp.js";

/** A place where this proxy and Node's strict parser may differ over a container's response, and why neither is wrong. */
interface AllowedDifference {
	readonly reason: string;
	/** We take the response, llhttp does not. */
	readonly taken?: (bytes: string, refusal: string) => boolean;
	/** The rules for which we refuse, where llhttp does not. */
	readonly refused?: readonly string[];
}

const LENGTH = /^content-length:/im;
/** llhttp does not recognise a coding before a tab, and reads up to the close; RFC 9112 5 trims the tab. */
const CODING_BEFORE_TAB = /^transfer-encoding:[^\r]*\t\r/im;
const CODING = /^transfer-encoding:/im;
/** llhttp reads a body up to the close if the last coding is not chunked. */
const IDENTITY_LAST =
	/^transfer-encoding:(?:[^\r\n]|\r?\n[\t ])*identity[\t ,]*\r?$/im;

const LF_ALONE = /(?:^|[^\r])\n/;
const BLANK_BEHIND_EXTENSION =
	/(\n[\t ]*[0-9a-fA-F]+[\t ]*;[^\r\n]*?)[\t ]+(?=\r?\n)/g;
const FOLD = /\n[\t ]/;

const ALLOWED: readonly AllowedDifference[] = [
	{
		reason: "every LF ends a line, as CGI programs write it",
		taken: (bytes, refusal) =>
			refusal === "HPE_CR_EXPECTED" ||
			(/HEADER_TOKEN|CHUNK_SIZE|STATUS/.test(refusal) && LF_ALONE.test(bytes)),
	},
	{
		reason: "a folded field is one field",
		taken: (bytes, refusal) =>
			/HEADER_TOKEN|CONTENT_LENGTH|TRANSFER_ENCODING/.test(refusal) &&
			FOLD.test(bytes),
	},
	{
		reason: "equal Content-Length fields: containers send them",
		taken: (_bytes, refusal) => refusal === "HPE_UNEXPECTED_CONTENT_LENGTH",
	},
	{
		reason:
			"a length next to chunked is dropped and the connection not reused; in trailers both are dropped",
		taken: (bytes, refusal) =>
			/CONTENT_LENGTH|TRANSFER_ENCODING/.test(refusal) &&
			CODING.test(bytes) &&
			(LENGTH.test(bytes) || bytes.includes("\r\n0")),
	},
	{
		reason: "white space around a Content-Length may be a tab (RFC 9110 5.6.3)",
		taken: (bytes, refusal) =>
			refusal === "HPE_INVALID_CONTENT_LENGTH" && /\d\t/.test(bytes),
	},
	{
		reason:
			"white space around a chunk size and extension; zeros before a chunk size do not count as digits",
		taken: (bytes, refusal) =>
			refusal === "HPE_INVALID_CHUNK_SIZE" &&
			/\n[\t ]*[0-9a-fA-F]+[\t ]*[;\r\n][\t ]*|\n0[0-9a-fA-F]{16}/.test(bytes),
	},
	{
		reason:
			"an interim response does not end its connection, whatever its version and Connection are",
		taken: (bytes, refusal) =>
			refusal === "HPE_CLOSED_CONNECTION" && /^HTTP\/1\.. 1/m.test(bytes),
	},
	{
		reason:
			"chunked is the only coding; llhttp takes any whose last is chunked, and reads others up to the close",
		refused: ["Transfer-Encoding"],
	},
	{
		reason: "numbers and names are read as the RFC writes them",
		refused: ["chunk size", "status line", "Content-Length"],
	},
	{
		reason:
			"a reason phrase contains no control byte; no bytes but four empty lines before a response are skipped",
		refused: ["control byte or stray line end"],
	},
	{
		reason: "limits: llhttp has none",
		refused: [
			...["too many interim responses", "chunk size line too long"],
			...["too many field lines", "head too large"],
			"trailer too large",
		],
	},
];

/** The response without the white space behind its chunk extensions, for which llhttp refuses it with HPE_STRICT. */
export function withoutBlanks(bytes: string): string {
	return bytes.replace(BLANK_BEHIND_EXTENSION, "$1");
}

/** The difference between the two; null where there is none, or an allowed one. */
export function responseDisagreement(
	bytes: string,
	{ kind, rule, head, body }: Outcome,
	theirs: LlhttpResponse,
): string | null {
	if (kind === "tunnel" || CODING_BEFORE_TAB.test(bytes)) return null;
	if (kind === "whole" && IDENTITY_LAST.test(bytes)) return null;
	const { refusal } = theirs;
	const isAllowed = ALLOWED.some(({ taken, refused }) =>
		kind === "broken" ? refused?.includes(rule) : taken?.(bytes, refusal),
	);
	if (kind === "broken")
		return refusal !== "" || isAllowed
			? null
			: `llhttp takes the response that we refuse (${rule}): ${JSON.stringify(theirs)}`;
	if (refusal !== "")
		return isAllowed
			? null
			: `llhttp refuses (${refusal}) the response ${JSON.stringify(bytes)}`;
	return theirs.status === head?.status && theirs.body === body
		? null
		: `llhttp reads another response: ${JSON.stringify(theirs)}`;
}

import { createHash } from "node:crypto";
import {
	type Fields,
	type RawRequest,
	type RawResponse,
	values,
} from "../support/message.js";

/** Fields in the form in which both proxies can be compared: names in lower case, lines of one name joined, sorted. */
export type Combined = Record<string, string>;

export interface SeenResponse {
	status: number;
	reason: string;
	headers: Combined;
	body: string;
	trailers: Combined;
}

export interface SeenRequest {
	method: string;
	target: string;
	headers: Combined;
	body: string;
	trailers: Combined;
	/** The names Content-Type and Content-Length as spelled, for RStudio. */
	spelling: string;
}

/** What both ends saw of one exchange. */
export interface Seen {
	client: SeenResponse[];
	container: SeenRequest[];
	notes: unknown[];
}

export function responseSeen(response: RawResponse): SeenResponse {
	const { status, reason, headers, body, trailers } = response;
	return {
		status,
		reason,
		headers: combine(headers),
		body: readable(body),
		trailers: combine(trailers),
	};
}

export function requestSeen(request: RawRequest): SeenRequest {
	const { method, target, headers, body, trailers } = request;
	const spelling = headers
		.map(([name]) => name)
		.filter((name) => /^content-(type|length)$/i.test(name));
	return {
		method,
		target,
		headers: withoutChance(combine(headers)),
		body: readable(body),
		trailers: combine(trailers),
		spelling: spelling.sort().join(),
	};
}

/** A daemon's mark in CDN-Loop, of which the end is chance. */
export const LOOP_ID = "galaxy-proxy-0123456789abcdef";

function withoutChance(headers: Combined): Combined {
	const mark = headers["cdn-loop"];
	if (mark === undefined) return headers;
	const same = mark.replace(/galaxy-proxy-[0-9a-f]{16}$/, LOOP_ID);
	return { ...headers, "cdn-loop": same };
}

function combine(fields: Fields): Combined {
	const names = [...new Set(fields.map(([name]) => name.toLowerCase()))].sort();
	const separators: Record<string, string> = {
		cookie: "; ",
		"set-cookie": "\n",
	};
	return Object.fromEntries(
		names.map((name) => [
			name,
			values(fields, name).join(separators[name] ?? ", "),
		]),
	);
}

/** Long bodies as their digest, so that a failure can be read. */
function readable(body: Buffer): string {
	if (body.length < 4096) return body.toString("latin1");
	return `${body.length} bytes, SHA-256 ${createHash("sha256").update(body).digest("hex")}`;
}

export function drop(headers: Combined, names: string[]): void {
	for (const name of names) delete headers[name];
}

import { createHash } from "node:crypto";
import {
	type Fields,
	type RawRequest,
	type RawResponse,
	values,
} from "../support/client.js";

/** Fields in a comparable form: names in lower case and sorted, lines of one name joined. */
export type Combined = Record<string, string>;

export interface ObservedMessage {
	headers: Combined;
	body: string;
	trailers: Combined;
}

export interface ObservedResponse extends ObservedMessage {
	status: number;
	reason: string;
}

export interface ObservedRequest extends ObservedMessage {
	method: string;
	target: string;
	/** The names Content-Type and Content-Length in the letter case as sent, for RStudio. */
	spelling: string;
}

/** One exchange as both ends observed it. */
export interface Observed {
	client: ObservedResponse[];
	container: ObservedRequest[];
	notes: unknown[];
}

export function observedResponse(response: RawResponse): ObservedResponse {
	const { status, reason, headers, body, trailers } = response;
	return {
		status,
		reason,
		headers: combine(headers),
		body: readable(body),
		trailers: combine(trailers),
	};
}

export function observedRequest(request: RawRequest): ObservedRequest {
	const { method, target, headers, body, trailers } = request;
	const spelling = headers
		.map(([name]) => name)
		.filter((name) => /^content-(type|length)$/i.test(name));
	return {
		method,
		target,
		headers: withFixedMark(combine(headers)),
		body: readable(body),
		trailers: combine(trailers),
		spelling: spelling.sort().join(),
	};
}

/** Stands for a daemon's mark in CDN-Loop, whose end is random. */
export const LOOP_ID = "galaxy-proxy-0123456789abcdef";

function withFixedMark(headers: Combined): Combined {
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

/** One intended difference between the daemon and the legacy. */
export interface Difference {
	reason: string;
	/** Each turns a copy of the legacy's observation into the daemon's. */
	request?: (request: ObservedRequest, sent: string) => void;
	response?: (response: ObservedResponse, sent: string) => void;
	both?: (observed: Observed, sent: string) => void;
}

import { RESPONSE_HEAD_BYTES } from "../../src/http1/response-head.js";
import {
	Bad,
	type Field,
	fieldsOf,
	INCOMPLETE,
	membersOf,
	refuseStrayButLf,
	unfolded,
	valuesOf,
} from "./strict.js";

/** A head as it must reach the client, without framing and Connection, which the proxy adds. */
export interface HeadOut {
	readonly status: number;
	readonly reason: string;
	readonly fields: readonly Field[];
}

/** A head as the container sent it. */
export interface ContainerHead {
	readonly out: HeadOut;
	readonly minor: number;
	readonly fields: readonly Field[];
	readonly length: number;
	readonly chunked: boolean;
	/** Index after it. */
	readonly end: number;
}

const LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const MOST_LINES = 10_000;
/** A Set-Cookie of the session's name: first in the pair, or after a character that no name may contain. */
const SESSION =
	/^[=\t ]*galaxysession[\t ]*(?:[=;]|$)|^[^;]*[^;\w!#$%&'*+\-.^`|~=]galaxysession[\t ]*=/;

/** Reads the head at `at` as leniently as the proxy does. */
export function readContainerHead(bytes: string, at: number): ContainerHead {
	const start = at + (/^(?:\r?\n){0,4}/.exec(bytes.slice(at))?.[0].length ?? 0);
	const text = /^[\s\S]*?\n(?=\r?\n)/.exec(bytes.slice(start))?.[0];
	const end = start + (text ?? bytes.slice(start)).length;
	if (end - at > RESPONSE_HEAD_BYTES) throw new Bad("head too large");
	refuseStrayButLf(bytes.slice(at, end));
	if (text === undefined) throw INCOMPLETE;
	const lineEnd = text.indexOf("\n") + 1;
	const match = LINE.exec(text.slice(0, lineEnd).replace(/\r?\n$/, ""));
	if (match === null) throw new Bad("status line");
	const fields = fieldsOf(unfolded(text.slice(lineEnd)), MOST_LINES);
	const lengths = valuesOf(fields, "content-length");
	const [length = -1] = lengths.map(Number);
	const minor = Number(match[1]);
	if (!lengths.every((each) => /^[0-9]{1,15}$/.test(each)))
		throw new Bad("Content-Length");
	if (!lengths.every((each) => Number(each) === length))
		throw new Bad("different Content-Length");
	const chunked = isChunked(fields);
	const status = Number(match[2]);
	const lengthless = chunked || status < 200 || status === 204;
	const out = {
		status,
		reason: match[3] ?? "",
		fields: fieldsOut(fields, lengthless),
	};
	const after = bytes.startsWith("\n", end) ? end + 1 : end + 2;
	return { out, minor, fields, length, chunked, end: after };
}

function isChunked(fields: readonly Field[]): boolean {
	const codings = valuesOf(fields, "transfer-encoding")
		.flatMap((value) => value.toLowerCase().split(","))
		.map((each) => each.replace(/^[\t ]+|[\t ]+$/g, ""));
	if (!codings.every((each) => /^(chunked|identity)$/.test(each)))
		throw new Bad("Transfer-Encoding");
	return codings.includes("chunked");
}

function fieldsOut(fields: readonly Field[], lengthless: boolean): Field[] {
	const options = membersOf(fields, "connection");
	const lasting = ["content-length", "host", "cookie", "set-cookie"];
	const own =
		`connection | keep-alive | te | upgrade | transfer-encoding`.split(
			/ \| |\n/,
		);
	let hasLength = lengthless;
	return fields.filter(([each, value]) => {
		const name = each.toLowerCase();
		if (own.includes(name) || name.startsWith("proxy-")) return false;
		if (options.includes(name) && !lasting.includes(name)) return false;
		if (name === "set-cookie") return !SESSION.test(value);
		if (name !== "content-length") return true;
		const isFirst = !hasLength;
		hasLength = true;
		return isFirst;
	});
}

/** Whether its connection may carry another request. */
export function persists({ minor, fields, chunked }: ContainerHead): boolean {
	if (minor === 0 && chunked) return false;
	const options = membersOf(fields, "connection");
	const [timeout = "9"] = valuesOf(fields, "keep-alive")
		.slice(-1)
		.map((value) => /timeout=([0-9]{1,6})/.exec(value)?.[1] ?? "9");
	if (options.includes("close") || Number(timeout) <= 1) return false;
	return minor === 1 || options.includes("keep-alive");
}

import type { Wire } from "./wire.js";

/** Field lines as received: in order, with the case of their names, repeated ones apart. */
export type Fields = [name: string, value: string][];

interface Message {
	headers: Fields;
	body: Buffer;
	/** Empty unless the body is chunked. */
	trailers: Fields;
	/** How the end of the body was marked. */
	framing: "none" | "length" | "chunked" | "close";
}

export interface RawResponse extends Message {
	/** "1.0" or "1.1". */
	version: string;
	status: number;
	reason: string;
	/** The body as UTF-8. */
	text: string;
}

export interface RawRequest extends Message {
	method: string;
	target: string;
	version: string;
}

/** All values of a field; the case of the name does not matter. */
export function values(fields: Fields, name: string): string[] {
	return fields
		.filter(([each]) => each.toLowerCase() === name.toLowerCase())
		.map(([, value]) => value);
}

/** Reads exactly one response. `isHead`: it answers a HEAD, so it has no body, whatever its fields say. */
export async function readResponse(
	wire: Wire,
	isHead = false,
): Promise<RawResponse> {
	const line = await wire.line();
	const parts = /^HTTP\/(1\.[01]) (\d{3})(?: (.*))?$/.exec(line);
	if (!parts) throw new Error(`no status line: ${JSON.stringify(line)}`);
	const [, version = "", digits = "", reason = ""] = parts;
	const status = Number(digits);
	const headers = await readFields(wire);
	const bodyless = isHead || status < 200 || status === 204 || status === 304;
	const rest = bodyless ? EMPTY : await readBody(wire, headers, "close");
	return {
		version,
		status,
		reason,
		headers,
		...rest,
		text: rest.body.toString(),
	};
}

/** Reads exactly one request. `Expect: 100-continue` is granted as soon as the head has arrived, as servers do. */
export async function readRequest(wire: Wire): Promise<RawRequest> {
	const line = await wire.line();
	const parts = /^(\S+) (\S+) HTTP\/(1\.[01])$/.exec(line);
	if (!parts) throw new Error(`no request line: ${JSON.stringify(line)}`);
	const [, method = "", target = "", version = ""] = parts;
	const headers = await readFields(wire);
	if (/100-continue/i.test(values(headers, "Expect").join()))
		wire.send("HTTP/1.1 100 Continue\r\n\r\n");
	return {
		method,
		target,
		version,
		headers,
		...(await readBody(wire, headers, "none")),
	};
}

type Body = Pick<Message, "body" | "trailers" | "framing">;
const EMPTY: Body = { body: Buffer.alloc(0), trailers: [], framing: "none" };

async function readFields(wire: Wire): Promise<Fields> {
	const fields: Fields = [];
	for (;;) {
		const line = await wire.line();
		if (line === "") return fields;
		const colon = line.indexOf(":");
		if (colon < 1) throw new Error(`no field line: ${JSON.stringify(line)}`);
		fields.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
	}
}

async function readBody(
	wire: Wire,
	headers: Fields,
	otherwise: "close" | "none",
): Promise<Body> {
	if (/\bchunked\b/i.test(values(headers, "Transfer-Encoding").join())) {
		const chunks: Buffer[] = [];
		for (;;) {
			const size = Number.parseInt(await wire.line(), 16);
			if (Number.isNaN(size)) throw new Error("no chunk size");
			if (size === 0) break;
			chunks.push(await wire.take(size));
			if ((await wire.line()) !== "")
				throw new Error("a chunk is longer than its size");
		}
		return {
			body: Buffer.concat(chunks),
			trailers: await readFields(wire),
			framing: "chunked",
		};
	}
	const [length] = values(headers, "Content-Length");
	if (length !== undefined)
		return {
			...EMPTY,
			body: await wire.take(Number(length)),
			framing: "length",
		};
	if (otherwise === "none") return EMPTY;
	return { ...EMPTY, body: await wire.takeToEnd(), framing: "close" };
}

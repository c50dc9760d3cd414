import type { Random } from "./random.js";

/** One chunk as it is sent; a good one has the length of its data as size, and CRLF at its ends. */
export interface Chunk {
	size: string;
	extension: string;
	/** After the size. */
	lineEnd: string;
	data: string;
	dataEnd: string;
}

/** A message before it becomes bytes: the grammar makes good ones, mutations damage them. */
export interface Draft {
	/** Bytes before it: empty lines, interim responses. */
	before: string;
	/** Request line or status line. */
	start: string;
	/** Field lines without CRLF. */
	fields: string[];
	/** The body; null where it is `plain`. */
	chunks: Chunk[] | null;
	plain: string;
	trailers: string[];
	/** The line end of the head. */
	lineEnd: string;
}

export function newDraft(start: string): Draft {
	return {
		before: "",
		start,
		fields: [],
		chunks: null,
		plain: "",
		trailers: [],
		lineEnd: "\r\n",
	};
}

/** The bytes, as latin1. */
export function render(draft: Draft): string {
	const { lineEnd } = draft;
	const head = [draft.start, ...draft.fields].join(lineEnd);
	const lead = `${draft.before}${head}${lineEnd}${lineEnd}`;
	if (draft.chunks === null) return lead + draft.plain;
	const chunks = draft.chunks
		.map(
			({ size, extension, lineEnd: end, data, dataEnd }) =>
				`${size}${extension}${end}${data}${dataEnd}`,
		)
		.join("");
	const trailers = draft.trailers.map((line) => `${line}\r\n`).join("");
	return `${lead}${chunks}${trailers}\r\n`;
}

/** Gives the draft a body with a length. */
export function withLength(draft: Draft, body: string, random: Random): void {
	const name = random.pick(["Content-Length", "content-length"]);
	insert(random, draft.fields, `${name}: ${body.length}`);
	draft.plain = body;
}

/** Gives the draft a body in chunks; the last of them is the one of size 0. */
export function withChunks(draft: Draft, body: string, random: Random): void {
	const name = random.pick(["Transfer-Encoding", "transfer-encoding"]);
	const coding = random.pick(["chunked", "chunked", "Chunked"]);
	insert(random, draft.fields, `${name}: ${coding}`);
	draft.chunks = [];
	for (let at = 0; at < body.length; ) {
		const size = 1 + random.below(Math.min(body.length - at, 300));
		draft.chunks.push(chunkOf(body.slice(at, at + size), random));
		at += size;
	}
	draft.chunks.push({ ...chunkOf("", random), dataEnd: "" });
	while (random.chance(0.15))
		draft.trailers.push(
			`X-${random.pick(["Checksum", "Time"])}: ${random.word(4)}`,
		);
}

function chunkOf(data: string, random: Random): Chunk {
	const size = data.length.toString(16);
	return {
		size: random.chance(0.1)
			? size.toUpperCase().padStart(1 + random.below(20), "0")
			: size,
		extension: random.chance(0.1)
			? random.pick([";a", ";a=b", ' ; a = "b"', ';a="\\"";b=c', ";a=b;c=d"])
			: "",
		lineEnd: "\r\n",
		data,
		dataEnd: "\r\n",
	};
}

/** Puts an item anywhere among the others. */
export function insert<T>(random: Random, list: T[], item: T): void {
	list.splice(random.below(list.length + 1), 0, item);
}

import {
	chunkData,
	chunkEnd,
	chunkExtension,
	chunkSize,
	noLastChunk,
	trailer,
} from "./chunk-mutations.js";
import { type Draft, insert } from "./draft.js";
import {
	bothFramings,
	codingForm,
	framingName,
	lengthForm,
	ODD_BYTES,
	secondCoding,
	secondLength,
} from "./framing-mutations.js";
import type { Random } from "./random.js";

/** Damages a message, or changes how it says the same; most strict readers must refuse most of the results. */
export type Mutation = (draft: Draft, random: Random) => void;

const LINE_ENDS = ["\n", "\r", "\r\r\n", "\n\r", "\r\n ", "\x0b\r\n", "\r\n\n"];

/** Which of its bytes or lines is at fault does not matter: the readers must agree. */
export const MUTATIONS: readonly Mutation[] = [
	lengthForm,
	lengthForm,
	secondLength,
	secondLength,
	bothFramings,
	codingForm,
	codingForm,
	secondCoding,
	framingName,
	folded,
	folded,
	headLineEnd,
	oneLineEnd,
	oneLineEnd,
	oddName,
	oddValue,
	repeatedField,
	chunkSize,
	chunkSize,
	chunkSize,
	chunkEnd,
	chunkExtension,
	chunkData,
	trailer,
	trailer,
	noLastChunk,
	oddByte,
	lostByte,
	lostPart,
];

function folded(draft: Draft, random: Random): void {
	const lines = [
		" folded",
		"\tfolded",
		" Content-Length: 5",
		" , chunked",
		"\t",
		" ",
	];
	const from = random.chance(0.9) ? 1 : 0;
	const at = from + random.below(draft.fields.length);
	draft.fields.splice(at, 0, random.pick(lines));
}

function headLineEnd(draft: Draft, random: Random): void {
	draft.lineEnd = random.pick(LINE_ENDS);
}

function oneLineEnd(draft: Draft, random: Random): void {
	const { fields } = draft;
	const at = random.below(fields.length + 1) - 1;
	const end = random.pick(LINE_ENDS);
	const next = fields[at + 1];
	if (next === undefined) fields[at] += end;
	else if (at < 0) draft.start += end + fields.shift();
	else fields.splice(at, 2, `${fields[at]}${end}${next}`);
}

function oddName(draft: Draft, random: Random): void {
	const at = random.below(draft.fields.length);
	const line = draft.fields[at] ?? "";
	const to = random.below(Math.max(line.indexOf(":"), 0) + 1);
	draft.fields[at] =
		`${line.slice(0, to)}${random.pick(ODD_BYTES)}${line.slice(to)}`;
}

function oddValue(draft: Draft, random: Random): void {
	const at = random.below(draft.fields.length);
	const line = draft.fields[at] ?? "";
	const colon = line.indexOf(":") + 1;
	const to = colon + random.below(line.length - colon + 1);
	draft.fields[at] =
		`${line.slice(0, to)}${random.pick(ODD_BYTES)}${line.slice(to)}`;
}

function repeatedField(draft: Draft, random: Random): void {
	if (draft.fields.length > 0)
		insert(random, draft.fields, random.pick(draft.fields));
}

/** The line that a byte-wise mutation works on: the start line, a field, the content. */
function change(
	draft: Draft,
	random: Random,
	edit: (text: string) => string,
): void {
	const at = random.below(draft.fields.length + 2);
	const field = draft.fields[at];
	if (field !== undefined) draft.fields[at] = edit(field);
	else if (at === draft.fields.length) draft.start = edit(draft.start);
	else draft.plain = edit(draft.plain);
}

function oddByte(draft: Draft, random: Random): void {
	change(draft, random, (text) => {
		const at = random.below(text.length + 1);
		const byte = random.chance(0.7)
			? random.pick(ODD_BYTES)
			: String.fromCharCode(random.below(256));
		return text.slice(0, at) + byte + text.slice(at + random.below(2));
	});
}

function lostByte(draft: Draft, random: Random): void {
	change(draft, random, (text) => {
		const at = random.below(text.length);
		return text.slice(0, at) + text.slice(at + 1);
	});
}

function lostPart(draft: Draft, random: Random): void {
	change(draft, random, (text) => text.slice(0, random.below(text.length + 1)));
}

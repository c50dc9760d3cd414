import { type Draft, insert } from "./draft.js";
import * as framing from "./framing-mutations.js";
import { ODD_BYTES } from "./framing-mutations.js";
import type { Random } from "./random.js";

/** Damages a message, or writes the same message in another form; strict readers refuse most of the results. */
export type Mutation = (draft: Draft, random: Random) => void;

const LINE_ENDS = ["\n", "\r", "\r\r\n", "\n\r", "\r\n ", "\x0b\r\n", "\r\n\n"];

/** Repeated ones are chosen more often. Which of them made the damage does not matter: the readers must agree. */
export const MUTATIONS: readonly Mutation[] = [
	...[framing.lengthForm, framing.lengthForm, framing.secondLength],
	...[framing.secondLength, framing.bothFramings, framing.codingForm],
	...[framing.codingForm, framing.secondCoding, framing.framingName],
	...[folded, folded, headLineEnd, oneLineEnd, oneLineEnd],
	...[oddName, oddValue, repeatedField],
	...[framing.chunkSize, framing.chunkSize, framing.chunkSize],
	...[framing.chunkEnd, framing.chunkExtension, framing.chunkData],
	...[framing.trailer, framing.trailer, framing.noLastChunk],
	...[oddByte, lostByte, lostPart],
];

function folded(draft: Draft, random: Random): void {
	const lines = [" folded", "\tfolded", " Content-Length: 5", " , chunked"];
	const from = random.chance(0.9) ? 1 : 0;
	const at = from + random.below(draft.fields.length);
	draft.fields.splice(at, 0, random.pick([...lines, "\t", " "]));
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
	draft.fields[at] = withOddByte(line, to, random);
}

function oddValue(draft: Draft, random: Random): void {
	const at = random.below(draft.fields.length);
	const line = draft.fields[at] ?? "";
	const colon = line.indexOf(":") + 1;
	const to = colon + random.below(line.length - colon + 1);
	draft.fields[at] = withOddByte(line, to, random);
}

function withOddByte(line: string, at: number, random: Random): string {
	return `${line.slice(0, at)}${random.pick(ODD_BYTES)}${line.slice(at)}`;
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

/** Only for requests. */
export const OF_REQUESTS: readonly Mutation[] = [
	...[oddStart, oddStart, oddHost, oddHost, oddBefore, manyLines],
];

function oddStart(draft: Draft, random: Random): void {
	const [method = "", target = "", version = ""] = draft.start.split(" ");
	const odd = random.pick(ODD_BYTES);
	draft.start = random.pick([
		`${method}  ${target} ${version}`,
		`${method} ${target}  ${version}`,
		`${method}\t${target} ${version}`,
		`${method} ${target} ${version} `,
		` ${method} ${target} ${version}`,
		`${method} ${target}`,
		`${method} ${target} HTTP/${random.pick(["0.9", "1.2", "2.0", "1.10", "01.1", "1,1", "1.1.1", "1"])}`,
		`${method} ${target} ${version.toLowerCase()}`,
		`${method} ${target}#f ${version}`,
		`${method} ${target}${odd} ${version}`,
		`${method} /${target} ${version}`,
		`${method}${odd} ${target} ${version}`,
		`${random.pick(["CONNECT", "TRACE", "PRI", "", "G\x80T"])} ${target} ${version}`,
		`${method} ${random.pick(["*", "x", "x:1", "http:/x", "http://", "http://@/", "http://u@x/", "ftp://x/", "http://x\\y/", "http://[::1/", "?q"])} ${version}`,
	]);
}

function oddHost(draft: Draft, random: Random): void {
	const at = draft.fields.findIndex((line) => /^host:/i.test(line));
	if (at < 0) return;
	const hosts = ["a b", "a/b", "a,b", "u@x", "x:y", "[::1", "x:999999"];
	const host = random.pick([...hosts, "", "\xe9"]);
	if (random.chance(0.5)) insert(random, draft.fields, `Host: ${host}`);
	else if (random.chance(0.8)) draft.fields[at] = `Host: ${host}`;
	else draft.fields.splice(at, 1);
}

function oddBefore(draft: Draft, random: Random): void {
	const leads = ["\n", "\r", " ", "\0", "\r\n\r\n", "\r\n ", "\r\r\n"];
	draft.before = random.pick([...leads, "0\r\n\r\n"]);
}

function manyLines(draft: Draft, random: Random): void {
	const many = random.pick([190, 230]);
	if (!random.chance(0.2)) oddHost(draft, random);
	else for (let i = 0; i < many; i++) draft.fields.push(`X-${i}: y`);
}

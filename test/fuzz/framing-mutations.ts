import { type Draft, insert } from "./draft.js";
import type { Random } from "./random.js";

/** Bytes that some reader somewhere takes for a line end, white space, a separator or nothing. */
export const ODD_BYTES = [
	" ",
	"\t",
	"\0",
	"\x0b",
	"\x0c",
	"\x7f",
	"\x80",
	"\x85",
	"\xa0",
	"\xff",
	"\r",
	"\n",
	":",
	";",
	",",
	'"',
	"(",
	"/",
];
function bodyLength(draft: Draft): number {
	const { chunks, plain } = draft;
	return (
		chunks?.reduce((sum, { data }) => sum + data.length, 0) ?? plain.length
	);
}

function isLength(line: string): boolean {
	return /^content-length:/i.test(line);
}

function isCoding(line: string): boolean {
	return /^transfer-encoding:/i.test(line);
}

function lengthForms(n: number): string[] {
	const over = [2n ** 32n, 2n ** 53n, 2n ** 64n].map(
		(wrap) => `${wrap + BigInt(n)}`,
	);
	const signed = [`+${n}`, `-${n}`, `+ ${n}`, `${n}+`];
	const lists = [`${n},${n}`, `${n}, ${n}`, `${n},`, `,${n}`, `${n};${n}`];
	const numbers = [
		`0x${n.toString(16)}`,
		`${n}.0`,
		`${n}e0`,
		`0${n}`,
		`"${n}"`,
	];
	const spaced = [
		`${n} ${n}`,
		`\t${n}`,
		`${n}\t`,
		`${n} `,
		`${n}\x0b`,
		`\xa0${n}`,
		"",
	];
	return [...over, ...signed, ...lists, ...numbers, ...spaced];
}

export function lengthForm(draft: Draft, random: Random): void {
	const at = draft.fields.findIndex(isLength);
	const n = bodyLength(draft);
	const line = `Content-Length: ${random.pick(lengthForms(n))}`;
	if (at >= 0) draft.fields[at] = line;
	else insert(random, draft.fields, line);
}

export function secondLength(draft: Draft, random: Random): void {
	const n = bodyLength(draft);
	const other = random.pick([n, n, 0, n + 1, Math.max(0, n - 1), 2 * n]);
	insert(random, draft.fields, `Content-Length: ${other}`);
}

export function bothFramings(draft: Draft, random: Random): void {
	if (draft.fields.some(isLength))
		insert(random, draft.fields, "Transfer-Encoding: chunked");
	else insert(random, draft.fields, `Content-Length: ${bodyLength(draft)}`);
}

const CODINGS = [
	"chunked, chunked",
	"gzip, chunked",
	"chunked, gzip",
	"gzip",
	"identity",
	"identity, chunked",
	"xchunked",
	"chunked;q=1",
	'"chunked"',
	"chunked,",
	", chunked",
	"\x0bchunked",
	"chunked\x0b",
	"chunked\xa0",
	"chunked\t",
	"chunked ",
	"\tchunked",
	"CHUNKED",
	"chun ked",
	"",
];

export function codingForm(draft: Draft, random: Random): void {
	const at = draft.fields.findIndex(isCoding);
	const line = `Transfer-Encoding: ${random.pick(CODINGS)}`;
	if (at >= 0) draft.fields[at] = line;
	else insert(random, draft.fields, line);
}

export function secondCoding(draft: Draft, random: Random): void {
	const coding = random.pick(["chunked", "chunked", "gzip", "identity", ""]);
	insert(random, draft.fields, `Transfer-Encoding: ${coding}`);
}

export function framingName(draft: Draft, random: Random): void {
	const at = draft.fields.findIndex((line) => isLength(line) || isCoding(line));
	const line = draft.fields[at];
	if (line === undefined) return;
	const odd = random.pick(ODD_BYTES);
	const forms = [
		line.replace(":", `${odd}:`),
		line.replace("-", "_"),
		line.replace("-", odd),
		` ${line}`,
		`X: y\n${line}`,
		`X: y\r${line}`,
		`X-${line}`,
		line.replace(":", ""),
	];
	draft.fields[at] = random.pick(forms);
}

import { type Chunk, type Draft, insert } from "./draft.js";
import type { Random } from "./random.js";

/** Bytes that some reader somewhere takes for a line end, white space, a separator or nothing. */
export const ODD_BYTES = [...' \t\0\x0b\x0c\x7f\x80\x85\xa0\xff\r\n:;,"(/'];

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
	const hex = `0x${n.toString(16)}`;
	const numbers = [hex, `${n}.0`, `${n}e0`, `0${n}`, `"${n}"`, ""];
	const spaced = [`${n} ${n}`, `\t${n}`, `${n}\t`, `${n} `];
	const odd = [`${n}\x0b`, `\xa0${n}`];
	return [...over, ...signed, ...lists, ...numbers, ...spaced, ...odd];
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
	...["chunked, chunked", "gzip, chunked", "chunked, gzip", "gzip", "identity"],
	...["identity, chunked", "xchunked", "chunked;q=1", '"chunked"', "chunked,"],
	...[", chunked", "\x0bchunked", "chunked\x0b", "chunked\xa0", "chunked\t"],
	...["chunked ", "\tchunked", "CHUNKED", "chun ked", ""],
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

export function chunkSize(draft: Draft, random: Random): void {
	const chunk = oneOf(draft, random);
	if (!chunk) return;
	const n = chunk.data.length;
	const hex = n.toString(16);
	const wrapped = [2n ** 32n, 2n ** 53n, 2n ** 64n, 2n ** 128n].map((wrap) =>
		(wrap + BigInt(n)).toString(16),
	);
	const signed = [`+${hex}`, `-${hex}`, `0x${hex}`, `${hex}h`, `${hex}.0`];
	const spaced = [` ${hex}`, `${hex} `, `\t${hex}`, `${hex}\t`];
	const padded = [`00${hex}`, `${hex} ${hex}`, `${hex}\0`, `${hex},1`, ""];
	const longer = (n + 1).toString(16);
	const forms = [...wrapped, ...signed, ...spaced, ...padded, longer];
	chunk.size = random.pick(forms);
}

export function chunkEnd(draft: Draft, random: Random): void {
	const chunk = oneOf(draft, random);
	if (!chunk) return;
	const end = random.pick(["\n", "\r", "", "\r\r\n", "\n\r", "xx", " \r\n"]);
	if (random.chance(0.5)) chunk.lineEnd = end;
	else chunk.dataEnd = end;
}

export function chunkExtension(draft: Draft, random: Random): void {
	const chunk = oneOf(draft, random);
	if (!chunk) return;
	const long = `;a=${"b".repeat(random.pick([230, 240, 300]))}`;
	const forms = [
		...[";", ";;", ";a=", ';a="', ';a="\r\n', ";a\n", ";\x01"],
		...[";a=\x80", ';a="\\\x01"', ";a b", long],
	];
	chunk.extension = random.pick(forms);
}

export function chunkData(draft: Draft, random: Random): void {
	const chunk = oneOf(draft, random);
	if (!chunk) return;
	chunk.data = random.chance(0.5)
		? chunk.data.slice(0, -1)
		: `${chunk.data}${random.pick(["x", "0\r\n\r\n", "\r\n", "GET / "])}`;
}

const TRAILERS = [
	...`Content-Length: 3 | Transfer-Encoding: chunked | Host: evil | Cookie: a=b | Set-Cookie: a=b
X-Forwarded-For: 6.6.6.6 | x_forwarded_for: 6.6.6.6 | Connection: close | Trailer: x
Authorization: Basic eDp4 | Access-Control-Allow-Origin: * | Keep-Alive: timeout=9 | X-Good: 1 | no colon
X Y: z | X : z | X: \0 | X: y\rZ: w | : empty | __proto__: x`.split(/ \| |\n/),
	" folded",
	"X: y\nZ: w",
	"",
];

export function trailer(draft: Draft, random: Random): void {
	if (draft.chunks !== null)
		insert(random, draft.trailers, random.pick(TRAILERS));
}

export function noLastChunk(draft: Draft): void {
	draft.chunks?.pop();
}

function oneOf({ chunks }: Draft, random: Random): Chunk | undefined {
	return chunks === null ? undefined : random.pick(chunks);
}

import { type Draft, insert } from "./draft.js";
import type { Random } from "./random.js";

export function chunkSize(draft: Draft, random: Random): void {
	const chunk = draft.chunks && random.pick(draft.chunks);
	if (!chunk) return;
	const n = chunk.data.length;
	const hex = n.toString(16);
	const wrapped = [2n ** 32n, 2n ** 53n, 2n ** 64n, 2n ** 128n].map((wrap) =>
		(wrap + BigInt(n)).toString(16),
	);
	const signed = [`+${hex}`, `-${hex}`, `0x${hex}`, `${hex}h`, `${hex}.0`];
	const spaced = [
		` ${hex}`,
		`${hex} `,
		`\t${hex}`,
		`${hex}\t`,
		`${hex} ${hex}`,
	];
	const others = ["", `00${hex}`, (n + 1).toString(16), `${hex}\0`, `${hex},1`];
	chunk.size = random.pick([...wrapped, ...signed, ...spaced, ...others]);
}

export function chunkEnd(draft: Draft, random: Random): void {
	const chunk = draft.chunks && random.pick(draft.chunks);
	if (!chunk) return;
	const end = random.pick(["\n", "\r", "", "\r\r\n", "\n\r", "xx", " \r\n"]);
	if (random.chance(0.5)) chunk.lineEnd = end;
	else chunk.dataEnd = end;
}

export function chunkExtension(draft: Draft, random: Random): void {
	const chunk = draft.chunks && random.pick(draft.chunks);
	if (!chunk) return;
	const long = `;a=${"b".repeat(random.pick([230, 240, 300]))}`;
	const forms = [
		";",
		";;",
		";a=",
		';a="',
		';a="\r\n',
		";a\n",
		";\x01",
		";a=\x80",
		';a="\\\x01"',
		";a b",
		long,
	];
	chunk.extension = random.pick(forms);
}

export function chunkData(draft: Draft, random: Random): void {
	const chunk = draft.chunks && random.pick(draft.chunks);
	if (!chunk) return;
	chunk.data = random.chance(0.5)
		? chunk.data.slice(0, -1)
		: `${chunk.data}${random.pick(["x", "0\r\n\r\n", "\r\n", "GET / "])}`;
}

const TRAILERS = [
	"Content-Length: 3",
	"Transfer-Encoding: chunked",
	"Host: evil",
	"Cookie: a=b",
	"Set-Cookie: a=b",
	"X-Forwarded-For: 6.6.6.6",
	"x_forwarded_for: 6.6.6.6",
	"Connection: close",
	"Trailer: x",
	"Authorization: Basic eDp4",
	"Access-Control-Allow-Origin: *",
	"Keep-Alive: timeout=9",
	"X-Good: 1",
	" folded",
	"no colon",
	"X Y: z",
	"X : z",
	"X: \0",
	"X: y\nZ: w",
	"X: y\rZ: w",
	"",
	": empty",
	"__proto__: x",
];

export function trailer(draft: Draft, random: Random): void {
	if (draft.chunks !== null)
		insert(random, draft.trailers, random.pick(TRAILERS));
}

export function noLastChunk(draft: Draft): void {
	draft.chunks?.pop();
}

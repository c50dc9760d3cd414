import { type Draft, insert } from "./draft.js";
import { ODD_BYTES } from "./framing-mutations.js";
import type { Random } from "./random.js";

/** Damages that only a request can have. */
export const OF_REQUESTS = [
	oddStart,
	oddStart,
	oddHost,
	oddHost,
	oddBefore,
	manyLines,
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
	const hosts = [
		"a b",
		"a/b",
		"a,b",
		"u@x",
		"x:y",
		"[::1",
		"x:999999",
		"",
		"\xe9",
	];
	const host = random.pick(hosts);
	if (random.chance(0.5)) insert(random, draft.fields, `Host: ${host}`);
	else if (random.chance(0.8)) draft.fields[at] = `Host: ${host}`;
	else draft.fields.splice(at, 1);
}

function oddBefore(draft: Draft, random: Random): void {
	const leads = [
		"\n",
		"\r",
		" ",
		"\0",
		"\r\n\r\n",
		"\r\n ",
		"\r\r\n",
		"0\r\n\r\n",
	];
	draft.before = random.pick(leads);
}

function manyLines(draft: Draft, random: Random): void {
	const many = random.pick([190, 230]);
	if (!random.chance(0.2)) oddHost(draft, random);
	else for (let i = 0; i < many; i++) draft.fields.push(`X-${i}: y`);
}

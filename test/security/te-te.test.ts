import { test } from "node:test";
import { request } from "../support/client.js";
import {
	CHUNKED,
	chunk,
	expectPassed,
	expectRefused,
	LAST_CHUNK,
	SMUGGLED,
} from "./attack.js";

const MALFORMED: [name: string, ...lines: string[]][] = [
	["vertical tab (CVE-2019-18277)", "Transfer-Encoding: \x0bchunked"],
	["vertical tab behind it", "Transfer-Encoding: chunked\x0b"],
	["form feed", "Transfer-Encoding: \x0cchunked"],
	["no-break space", "Transfer-Encoding: chunked\xa0"],
	["two codings (CVE-2022-32213)", "Transfer-Encoding: chunked, identity"],
	["another coding first", "Transfer-Encoding: gzip, chunked"],
	["twice in a list", "Transfer-Encoding: chunked, chunked"],
	["an empty member", "Transfer-Encoding: ,chunked"],
	["empty", "Transfer-Encoding:"],
	["quoted", 'Transfer-Encoding: "chunked"'],
	["a parameter", "Transfer-Encoding: chunked;q=1"],
	["a space inside", "Transfer-Encoding: chun ked"],
	["two fields (CVE-2020-8287)", CHUNKED, CHUNKED],
	["two fields, one unknown", CHUNKED, "Transfer-Encoding: x"],
	["two fields, the other first", "Transfer-Encoding: identity", CHUNKED],
	["space before the colon (CVE-2021-22959)", "Transfer-Encoding : chunked"],
	["tab before it", "Transfer-Encoding:\tchunked"],
	["tab behind it", "Transfer-Encoding: chunked\t"],
	["tab before the colon", "Transfer-Encoding\t: chunked"],
];
const UNKNOWN = ["xchunked", "identity", "chunk", "gzip", "chunked-"];

for (const [name, ...lines] of MALFORMED)
	test(`TE.TE: ${name} is refused, alone and with a length`, async (t) => {
		const body = LAST_CHUNK + SMUGGLED;
		const length = `Content-Length: ${body.length}`;
		await expectRefused(t, request("POST /", ...lines) + body);
		await expectRefused(t, request("POST /", ...lines, length) + body);
	});

for (const coding of UNKNOWN)
	test(`TE.TE: the coding ${coding} is answered 501 (CVE-2022-1705)`, (t) =>
		expectRefused(
			t,
			`${request("POST /", `Transfer-Encoding: ${coding}`)}${LAST_CHUNK}${SMUGGLED}`,
			501,
		));

test("TE.TE: chunked in capitals is chunked", async (t) => {
	await expectPassed(
		t,
		`${request("POST /a", "Transfer-Encoding: CHUNKED")}${chunk(SMUGGLED)}${LAST_CHUNK}`,
		[["/a", SMUGGLED]],
	);
});

import { test } from "node:test";
import { request } from "../support/client.js";
import { expectPassed, expectRefused, SMUGGLED } from "./attack.js";

const FORMS: [name: string, value: string][] = [
	["sign", "+5"],
	["negative", "-5"],
	["negative zero", "-0"],
	["hexadecimal", "0x5"],
	["fraction", "5.0"],
	["exponent", "5e0"],
	["space inside", "1 0"],
	["underscore", "1_0"],
	["nothing (CVE-2023-40225)", ""],
	["letter behind", "5a"],
	["quoted", '"5"'],
	["semicolon", "5;"],
	["vertical tab", "\x0b5"],
	["no-break space", "5\xa0"],
	["NUL", "5\0"],
	["superscript", "\xb2"],
	["Arabic-Indic digit", "\xd9\xa5"],
	["2 to the 64 and 5", "18446744073709551621"],
	["2 to the 63", "9223372036854775808"],
	["40 digits", "9".repeat(40)],
];

for (const [name, value] of FORMS)
	test(`Content-Length (RFC 9110 8.6): ${name} is refused`, (t) =>
		expectRefused(
			t,
			`${request("POST /", `Content-Length: ${value}`)}hello${SMUGGLED}`,
		));

for (const line of [" Content-Length: 5", "Content-Length : 5"])
	test(`Content-Length next to a space (CVE-2024-27982) is refused: ${JSON.stringify(line)}`, (t) =>
		expectRefused(t, `${request("POST /", "X: a", line)}hello${SMUGGLED}`));

test("Content-Length with leading zeros is decimal for everybody", async (t) => {
	await expectPassed(
		t,
		`${request("POST /a", "Content-Length: 010")}hellohello`,
		[["/a", "hellohello"]],
	);
});

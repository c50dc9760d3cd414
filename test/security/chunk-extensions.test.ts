import { test } from "node:test";
import { request } from "../support/client.js";
import {
	CHUNKED,
	expectBodyRefused,
	expectPassed,
	LAST_CHUNK,
	SMUGGLED,
} from "./attack.js";

const HEAD = request("POST /a", CHUNKED);
/** For who ends the extension at its LF, the second line is a chunk's size and the rest a request. */
const HIDDEN = SMUGGLED.length.toString(16);

for (const [name, body] of [
	["LF in it (CVE-2025-55315)", `2;\nxx\r\n${HIDDEN}\r\n${LAST_CHUNK}`],
	["CR in it", `2;\rxx\r\n${HIDDEN}\r\n${LAST_CHUNK}`],
	["no name", "5;\r\nhello\r\n"],
	["no value", "5;a=\r\nhello\r\n"],
	["a quote that does not close", '5;a="b\r\nhello\r\n'],
	["a name that is no token (CVE-2021-22960)", "5;a b\r\nhello\r\n"],
	["no semicolon", "5 a=b\r\nhello\r\n"],
	["300 bytes (CVE-2023-39326)", `5;a=${"b".repeat(300)}\r\nhello\r\n`],
] as const)
	test(`a chunk extension is refused: ${name}`, (t) =>
		expectBodyRefused(t, HEAD, body + LAST_CHUNK + SMUGGLED));

for (const extension of [";a", ";a=b", ' ; a = "b;c\\"" ;d', ";a=b;c=d"])
	test(`a good chunk extension is not part of the body: ${extension}`, async (t) => {
		await expectPassed(t, `${HEAD}5${extension}\r\nhello\r\n${LAST_CHUNK}`, [
			["/a", "hello"],
		]);
	});

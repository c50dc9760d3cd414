import assert from "node:assert/strict";
import { test } from "node:test";
import { answerBytes, CHUNKED, CLOSE, OK } from "./answer-bytes.js";

const LENGTH = `${OK}X: a b\r\nContent-Length: 4\r\n${CLOSE}\r\nok`;
const CHUNKS = `${OK}${CHUNKED}${CLOSE}5;a=b\r\nhe\r\nl\r\n2\r\nlo\r\n0\r\nX: a b\r\n\r\n`;

const SAMPLES = {
	"a head of LF lines and a fold, behind empty lines": {
		sent: "\r\n\nHTTP/1.1 200 OK\nX: a\n b\nContent-Length: 4\n\n\r\nok",
		received: LENGTH,
	},
	"a mixed head with a line of blanks": {
		sent: "\nHTTP/1.1 200 OK\r\nX: a \n \r\n\tb\nContent-Length:\r\n 4\n\r\n\r\nok",
		received: LENGTH,
	},
	"chunks with blanks, LF and a folded trailer": {
		sent: "HTTP/1.1 200 OK\nTransfer-Encoding: identity, chunked\n\n5;a=b\r\nhe\r\nl\n 2 \r\nlo\r\n0\t;x\nX: a\r\n b\n\n",
		received: CHUNKS,
	},
	"clean chunks": {
		sent: `${OK}${CHUNKED}\r\n5;a=b\r\nhe\r\nl\r\n2\r\nlo\r\n0\r\nX: a b\r\n\r\n`,
		received: CHUNKS,
	},
};

for (const [name, { sent, received }] of Object.entries(SAMPLES)) {
	test(`${name}: the client gets the same bytes after every split`, async (t) => {
		for (let cut = 1; cut < sent.length; cut++) {
			const pieces = [sent.slice(0, cut), sent.slice(cut)];
			const answer = await answerBytes(t, { sent: pieces });
			assert.equal(answer.received, received, `split at ${cut}`);
		}
	});

	test(`${name}: the client gets the same bytes if they come one by one`, async (t) => {
		const answer = await answerBytes(t, { sent: [...sent] });
		assert.equal(answer.received, received);
	});
}

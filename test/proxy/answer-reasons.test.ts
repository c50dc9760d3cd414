import assert from "node:assert/strict";
import { STATUS_CODES } from "node:http";
import { test } from "node:test";
import { FAULTS } from "../../src/faults.js";
import { answerText } from "../../src/proxy/answers.js";

const FORM = { bodyless: true, connection: "" };

for (const fault of Object.values(FAULTS))
	test(`${fault.status} goes out with its reason phrase`, () => {
		const [line] = answerText(fault, FORM).split("\r\n");
		assert.equal(
			line,
			`HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status]}`,
		);
	});

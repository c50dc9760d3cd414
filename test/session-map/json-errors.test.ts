import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJsonMap } from "../../src/session-map/json-file.js";

for (const [text, message] of [
	['{"key":{"token":secret}}', /^SyntaxError: not valid JSON( at position|$)/],
	['{"key":{"token":"secret"}x}', /^SyntaxError: not valid JSON/],
	['secret"', /^SyntaxError: not valid JSON/],
	['{"key":{"token":"secret', /^SyntaxError: not valid JSON/],
	['["secret"]', /^SyntaxError: not a JSON object$/],
] as const)
	test(`the error in ${text} shows nothing of the map`, () => {
		assert.throws(
			() => parseJsonMap(text),
			(error) => {
				assert.match(String(error), message);
				assert.doesNotMatch(
					`${String(error)} ${(error as Error).stack}`,
					/secr/,
				);
				return true;
			},
		);
	});

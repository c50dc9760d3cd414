import assert from "node:assert/strict";
import { test } from "node:test";
import { LastAnswers } from "../../src/proxy/sessions.js";

const TARGET = { host: "127.0.0.1", port: 80 };

test("a session's last answer is remembered for as long as it leads to the same place", () => {
	const answers = new LastAnswers();
	answers.of("a", TARGET).answeredAt = 7;
	assert.equal(answers.of("a", { ...TARGET }).answeredAt, 7);
	assert.equal(answers.of("b", TARGET).answeredAt, 0);
	assert.equal(answers.of("a", { ...TARGET, port: 81 }).answeredAt, 0);
	assert.equal(answers.of("a", TARGET).answeredAt, 0);
});

test("of many sessions, the least recently used one is forgotten", () => {
	const answers = new LastAnswers();
	answers.of("a", TARGET).answeredAt = 7;
	answers.of("b", TARGET).answeredAt = 7;
	for (let n = 2; n < 10_000; n++) answers.of(`${n}`, TARGET);
	assert.equal(answers.of("a", TARGET).answeredAt, 7);
	answers.of("one more", TARGET);
	assert.equal(answers.of("a", TARGET).answeredAt, 7);
	assert.equal(answers.of("b", TARGET).answeredAt, 0);
});

test("a session key that names a property of objects is a key like any other", () => {
	const answers = new LastAnswers();
	assert.equal(answers.of("__proto__", TARGET).answeredAt, 0);
	answers.of("__proto__", TARGET).answeredAt = 7;
	assert.equal(answers.of("constructor", TARGET).answeredAt, 0);
});

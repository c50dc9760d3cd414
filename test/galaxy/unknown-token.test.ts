import assert from "node:assert/strict";
import { test } from "node:test";
import { currentLab, person } from "./support/lab.js";
import { Tool } from "./support/tool.js";
import { ask, Channel } from "./support/visit.js";

test("a wrong token, a wrong key and both get the same 404", async (t) => {
	const lab = currentLab();
	const tool = await Tool.start(t, person(lab, "anna"), "lab_paths");
	const answers: string[] = [];
	for (const label of ["stripped", "domain"]) {
		const url = tool.url(label);
		const key = tool.key(label);
		const token = tool.token(label);
		const other = `${token.startsWith("0") ? "1" : "0"}${token.slice(1)}`;
		for (const wrong of [
			url.replace(token, other),
			url.replace(token, token.slice(0, -1)),
			url.replace(key, "0000000000000"),
			url.replace(token, other).replace(key, "0000000000000"),
		]) {
			assert.notEqual(wrong, url);
			const { status, text } = await ask(lab, wrong);
			assert.equal(status, 404);
			answers.push(text);
			const refused = await Channel.open(lab, wrong);
			assert.ok(!(refused instanceof Channel));
			assert.equal(refused.status, 404);
		}
	}
	assert.equal(new Set(answers).size, 1);
	assert.match(
		answers[0] ?? "",
		/There is no interactive tool at this address/,
	);
});

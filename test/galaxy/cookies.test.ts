import assert from "node:assert/strict";
import { test } from "node:test";
import { currentLab, person } from "./support/lab.js";
import { Tool } from "./support/tool.js";
import { Channel } from "./support/visit.js";

test("Galaxy's session cookie reaches no container, by path or by domain, and others do", async (t) => {
	const lab = currentLab();
	const anna = person(lab, "anna");
	const tool = await Tool.start(t, anna, "lab_paths");
	const Cookie = `a=1; galaxysession=${anna.session}; b=2; galaxysession=${anna.session}`;
	for (const { label } of tool.started.entryPoints) {
		const { headers } = await tool.seen(label, "", { Cookie });
		assert.deepEqual(cookiesIn(headers), ["a=1; b=2"], label);
		assert.ok(!JSON.stringify(headers).includes(anna.session), label);

		const channel = await Channel.open(lab, tool.url(label), { Cookie });
		assert.ok(channel instanceof Channel);
		t.after(() => channel.close());
		const seen = await channel.message(0);
		assert.deepEqual(cookiesIn(JSON.parse(seen).headers), ["a=1; b=2"], label);
		assert.ok(!seen.includes(anna.session), label);
	}
});

function cookiesIn(headers: [string, string][]): string[] {
	return headers
		.filter(([name]) => name.toLowerCase() === "cookie")
		.map(([, value]) => value);
}

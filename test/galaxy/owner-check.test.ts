import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../e2e/support/until.js";
import { useProxy } from "./support/gravity.js";
import { currentLab, person } from "./support/lab.js";
import { Tool } from "./support/tool.js";
import { type Answer, Channel, publicUrl } from "./support/visit.js";

test("without the owner check whoever has the address gets in; with it the owner alone, by path and not by domain", async (t) => {
	const lab = currentLab();
	const anna = { Cookie: `galaxysession=${person(lab, "anna").session}` };
	const ben = { Cookie: `galaxysession=${person(lab, "ben").session}` };
	await useProxy(lab, { way: "in galaxy_root" });
	const tool = await Tool.start(t, person(lab, "anna"), "lab_paths");
	for (const label of ["stripped", "whole", "field", "domain"])
		for (const headers of [anna, ben, {}])
			assert.equal((await tool.ask(label, "", headers)).status, 200);

	await useProxy(lab, {
		way: "in galaxy_root",
		environment: {
			GALAXY_PROXY_CHECK_OWNER: "1",
			GALAXY_PROXY_GALAXY_URL: publicUrl(lab),
		},
	});
	for (const label of ["stripped", "whole", "field"]) {
		const url = tool.url(label);
		assert.equal((await decided(tool, label, anna)).status, 200);
		const refused = await decided(tool, label, ben);
		assert.equal(refused.status, 403);
		assert.match(refused.text, /belongs to another user/);
		assert.equal(refused.headers["set-cookie"], undefined);
		const nobody = await tool.ask(label);
		assert.equal(nobody.status, 403);
		assert.match(nobody.text, /no session with Galaxy/);

		const own = await Channel.open(lab, url, anna);
		assert.ok(own instanceof Channel);
		await own.message(0);
		await own.close();
		const foreign = await Channel.open(lab, url, ben);
		assert.ok(!(foreign instanceof Channel));
		assert.equal(foreign.status, 403);
	}
	// A page in the browser's language, for people.
	const page = await decided(tool, "stripped", { ...ben, Accept: "text/html" });
	assert.equal(page.status, 403);
	assert.match(page.text, /<h1[^>]*>This interactive tool is not yours/);
	// By domain no cookie comes, so that nobody can be told apart.
	assert.equal((await tool.ask("domain", "", anna)).status, 404);
});

/** The answer once Galaxy has said whose tool it is: a busy one may need longer than the proxy waits. */
async function decided(
	tool: Tool,
	label: string,
	headers: Record<string, string>,
): Promise<Answer> {
	let answer = await tool.ask(label, "", headers);
	await until("Galaxy's answer", async () => {
		if (answer.status !== 503) return true;
		answer = await tool.ask(label, "", headers);
		return false;
	});
	return answer;
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { currentLab, person } from "./support/lab.js";
import { type SeenRequest, Tool } from "./support/tool.js";
import { publicUrl } from "./support/visit.js";

test("a container gets the path, the fields and the variable that its entry point asks for", async (t) => {
	const lab = currentLab();
	const anna = person(lab, "anna");
	const tool = await Tool.start(t, anna, "lab_paths");
	const base = (label: string) => new URL(tool.url(label), publicUrl(lab));
	const pathOf = (label: string) =>
		base(label).pathname.split("/").slice(0, 5).join("/");
	const query = "lab/a%20b?x=%2F&y";

	const stripped = await tool.seen("stripped", query);
	assert.equal(stripped.path, `/${query}`);
	assert.equal(stripped.port, 7000);
	assert.equal(field(stripped, "X-Tool-Path"), undefined);
	assert.equal(stripped.environment.EMAIL, anna.email);

	const whole = await tool.seen("whole", query);
	assert.equal(whole.path, `${pathOf("whole")}/${query}`);
	assert.equal(whole.port, 7001);
	// Galaxy gives the entry point's page with the path.
	assert.equal(whole.environment.EP_PATH, `${pathOf("whole")}/page`);

	const named = await tool.seen("field", query);
	assert.equal(named.path, `/${query}`);
	assert.equal(named.port, 7002);
	assert.equal(field(named, "X-Tool-Path"), pathOf("field"));

	const domain = await tool.seen("domain", query);
	assert.equal(domain.path, `/${query}`);
	assert.equal(domain.port, 7003);
	assert.equal(field(domain, "Host"), base("domain").host);

	for (const seen of [stripped, whole, named]) {
		assert.equal(field(seen, "Host"), `localhost:${lab.frontPort}`);
		assert.doesNotMatch(field(seen, "Connection") ?? "", /upgrade/i);
	}
	for (const seen of [stripped, whole, named, domain]) {
		assert.equal(field(seen, "X-Forwarded-Proto"), "http");
		assert.equal(field(seen, "X-Forwarded-Host"), field(seen, "Host"));
	}
});

/** The only value of a field. */
function field({ headers }: SeenRequest, wanted: string): string | undefined {
	const found = headers.filter(
		([name]) => name.toLowerCase() === wanted.toLowerCase(),
	);
	assert.ok(found.length <= 1, JSON.stringify(found));
	return found[0]?.[1];
}

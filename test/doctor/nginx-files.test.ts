import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { readConfiguration } from "../../src/commands/doctor/nginx/files.js";
import { scratchFolder } from "../support/folders.js";

/** The names of the top directives of nginx.conf, and the problems. */
async function readFiles(t: TestContext, files: Record<string, string>) {
	const folder = scratchFolder(t);
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, name)), { recursive: true });
		writeFileSync(join(folder, name), text.replaceAll("@", folder));
	}
	const file = join(folder, "nginx.conf");
	const read = await readConfiguration({ root: "", file });
	const names = read?.directives.map(({ name }) => name);
	return { names, problems: read?.problems ?? [], folder };
}

test("includes are read where they are, sorted, without hidden files", async (t) => {
	const { names, problems } = await readFiles(t, {
		"nginx.conf": "a 1; include conf.d/*.conf; include @/more; z 1;",
		"conf.d/20.conf": "c 1;",
		"conf.d/10.conf": "b 1; include conf.d/inner;",
		"conf.d/.hidden.conf": "no 1;",
		"conf.d/30.off": "no 1;",
		"conf.d/inner": "inner 1;",
		more: "more 1;",
	});
	assert.deepEqual(names, ["a", "b", "inner", "c", "more", "z"]);
	assert.deepEqual(problems, []);
});

test("what cannot be read is a problem, and the rest is read", async (t) => {
	const { names, problems, folder } = await readFiles(t, {
		"nginx.conf": "a 1; include missing; include bad; include none/*; z 1;",
		bad: "b {",
	});
	assert.deepEqual(names, ["a", "z"]);
	assert.equal(problems.length, 2);
	assert.match(problems[0] ?? "", RegExp(`^${folder}/missing cannot be read`));
	assert.match(problems[1] ?? "", RegExp(`^${folder}/bad:1: the end`));
});

test("a circle of includes ends", async (t) => {
	const { names, problems, folder } = await readFiles(t, {
		"nginx.conf": "a 1; include nginx.conf; z 1;",
	});
	assert.deepEqual(names, ["a", "z"]);
	assert.deepEqual(problems, [`${folder}/nginx.conf includes itself`]);
});

test("files that all include each other are not read without end", async (t) => {
	const numbers = [...Array(10).keys()];
	const names = numbers.map((number) => `conf.d/${number}.conf`);
	const { problems } = await readFiles(t, {
		"nginx.conf": "include conf.d/*;",
		...Object.fromEntries(names.map((name) => [name, "include conf.d/*;"])),
	});
	assert.match(problems[0] ?? "", /\/conf\.d\/0\.conf includes itself$/);
});

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { documents, read, repository } from "../support/folders.js";

test("links between the documents lead to existing files and headings", () => {
	const links = documents.flatMap((from) =>
		linksOf(read(from)).map((link) => ({ from, link })),
	);
	assert.ok(links.length > 5, `only ${links.length} links were found`);
	assert.deepEqual(
		links.filter(({ from, link }) => !leadsSomewhere(from, link)),
		[],
	);
});

function leadsSomewhere(from: string, link: string): boolean {
	const [path = "", heading] = link.split("#");
	const to = path === "" ? from : join(dirname(from), path);
	if (!existsSync(join(repository, to))) return false;
	return heading === undefined || anchorsOf(read(to)).includes(heading);
}

/** Only relative links: others may break without our doing. */
function linksOf(text: string): string[] {
	return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
		.map((match) => match[1] as string)
		.filter((link) => !/^[a-z]+:/.test(link));
}

/** As on GitHub: lower case, no punctuation, hyphens for spaces. */
function anchorsOf(text: string): string[] {
	return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
		(match[1] as string)
			.toLowerCase()
			.replace(/[^\w\- ]/g, "")
			.replaceAll(" ", "-"),
	);
}

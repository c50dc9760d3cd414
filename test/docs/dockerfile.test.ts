import assert from "node:assert/strict";
import { test } from "node:test";
import { read } from "../support/folders.js";

const { files }: { files: string[] } = JSON.parse(read("package.json"));
/** Folders that the program needs; the others are documents and build scripts. */
const run = files.filter((name) => !/^docs$|^scripts$|\.md$/.test(name));

test("the Dockerfile copies each folder that the package runs", () => {
	const [, image = ""] = read("Dockerfile").split(
		/(?<=\n)FROM .*\n(?=WORK.*opt)/,
	);
	for (const name of run)
		assert.match(
			image,
			new RegExp(`^COPY (\\S+ )*(\\S+/)?${name} ${name}$`, "m"),
		);
});

test(".dockerignore admits each of them", () => {
	const allowed = read(".dockerignore").split("\n");
	for (const name of run.filter((folder) => folder !== "dist"))
		assert.ok(allowed.includes(`!${name}`), name);
});

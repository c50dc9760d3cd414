import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

/** The repository's root, wherever this file was compiled to. */
export const repository = findRepository(
	dirname(fileURLToPath(import.meta.url)),
);

/** A new folder, removed after the test. */
export function scratchFolder(t: Pick<TestContext, "after">): string {
	const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

function findRepository(from: string): string {
	return existsSync(join(from, "package-lock.json"))
		? from
		: findRepository(dirname(from));
}

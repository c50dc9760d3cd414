import {
	mkdirSync,
	mkdtempSync,
	realpathSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

/** A folder with these files, by path; removed after the test. Resolves with its path. */
export function galaxyFolder(
	t: TestContext,
	files: Record<string, string | Buffer>,
): string {
	const made = mkdtempSync(join(tmpdir(), "galaxy-proxy-config-"));
	t.after(() => rmSync(made, { recursive: true, force: true }));
	// The program sees its working directory with links resolved.
	const folder = realpathSync(made);
	for (const [path, text] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), text);
	}
	return folder;
}

/** The files by which a source tree of this release of Galaxy ("17.09") is recognized. */
export function sourceTree(release: string): Record<string, string> {
	return {
		"run.sh": "",
		"scripts/common_startup.sh": "",
		"lib/galaxy/__init__.py": "",
		"lib/galaxy/version.py": `VERSION_MAJOR = "${release}"\nVERSION = VERSION_MAJOR\n`,
	};
}

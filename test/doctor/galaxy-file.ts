import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { scratchFolder } from "../support/folders.js";
import { type Examined, examine } from "./examined.js";

/** A folder with a Galaxy's files, by path; @ before a slash or a quote is the folder. The port 1 is nobody's. */
export function galaxyFolder(
	t: TestContext,
	files: Readonly<Record<string, string>>,
): string {
	const root = scratchFolder(t);
	for (const [path, text] of Object.entries(files)) {
		const file = join(root, path);
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, text.replaceAll(/@(?=["/])/g, root));
	}
	return root;
}

/** Doctor's output for a galaxy.yml alone, or with other files of its folder. */
export function examineGalaxy(
	t: TestContext,
	galaxy: string,
	files: Readonly<Record<string, string>> = {},
): Promise<Examined> {
	const root = galaxyFolder(t, { ...files, "config/galaxy.yml": galaxy });
	return examine(["--config", join(root, "config/galaxy.yml")], { cwd: root });
}

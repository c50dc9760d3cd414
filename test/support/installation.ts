import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { repository, scratchFolder } from "./folders.js";

/** An installed copy of this package, in a folder of the test's own. */
export interface Installation {
	readonly script: string;
	/** Replaces the files on the disk by those of another version. */
	install(version: string): void;
}

export function copyInstallation(t: TestContext): Installation {
	const folder = scratchFolder(t);
	for (const name of ["lib", "dist", "assets", "package.json"])
		cpSync(join(repository, name), join(folder, name), { recursive: true });
	symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
	return {
		script: join(folder, "lib/main.js"),
		install(version) {
			const file = join(folder, "package.json");
			const text = readFileSync(file, "utf8");
			const pattern = /("version": )"[^"]*"/;
			writeFileSync(file, text.replace(pattern, `$1"${version}"`));
		},
	};
}

import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./folders.js";

const PARTS = ["assets", "bin", "dist", "lib", "package.json"];

/**
 * Copies the built program, as an installation of it has it, without its packages, which it shares.
 * @param folder must not exist
 * @param version it says that it has
 */
export function copyProgram(folder: string, version?: string): void {
	for (const part of PARTS)
		cpSync(join(repository, part), join(folder, part), { recursive: true });
	symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
	if (version === undefined) return;
	for (const file of ["package.json", join("dist", "package.js")]) {
		const path = join(folder, file);
		const text = readFileSync(path, "utf8");
		writeFileSync(path, text.replace(/"\d+\.\d+\.\d+[^"]*"/, `"${version}"`));
	}
}

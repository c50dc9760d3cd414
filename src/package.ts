import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** package.json's; a test compares them. */
export const VERSION = "1.0.0";

/** The path of a file or folder in assets/. The tests are compiled one folder deeper than the package. */
export function assetPath(...names: string[]): string {
	return join(packageFolder(__dirname), "assets", ...names);
}

function packageFolder(folder: string): string {
	return existsSync(join(folder, "package.json"))
		? folder
		: packageFolder(dirname(folder));
}

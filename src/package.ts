import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** dist/ is in the package's folder; the tests' build/src/ is one folder deeper. */
const FOLDER = [join(__dirname, ".."), join(__dirname, "../..")].find(
	(folder) => existsSync(join(folder, "assets")),
);

/** Of the running code: read at its start, since another version may be installed in the same folder later. */
export const VERSION: string = versionIn(assetPath("..", "package.json"));

/** The path of a file or folder in assets/. */
export function assetPath(...names: string[]): string {
	return join(FOLDER ?? "", "assets", ...names);
}

function versionIn(file: string): string {
	return JSON.parse(readFileSync(file, "utf8")).version;
}

import { existsSync } from "node:fs";
import { join } from "node:path";

/** package.json's; a test compares them. */
export const VERSION = "1.0.0";

/** The path of a file or folder in assets/. dist/ is in the package; the tests' build/src/ is one folder deeper. */
export function assetPath(...names: string[]): string {
	const packed = join(__dirname, "..", "assets");
	const assets = existsSync(packed) ? packed : join(__dirname, "../../assets");
	return join(assets, ...names);
}

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./place.js";

/** What `npm run pack` makes of the built program. */
export interface Tarballs {
	readonly galaxyProxy: string;
	/** Its package.json has the name that gravity asks npx for. */
	readonly gxItProxy: string;
}

/** Gravity's range of versions for @galaxyproject/gx-it-proxy. */
export const GRAVITYS_RANGE = ">=0.0.6";

/** Nothing listens there: npm must find everything on this machine. */
export const NO_REGISTRY = "http://127.0.0.1:9";

export function packInto(folder: string): Tarballs {
	const script = join(ROOT, "scripts/pack.mjs");
	const printed = execFileSync(process.execPath, [script, folder], {
		encoding: "utf8",
		stdio: ["ignore", "pipe", "inherit"],
	});
	const [galaxyProxy = "", gxItProxy = ""] = printed.trim().split("\n");
	return { galaxyProxy, gxItProxy };
}

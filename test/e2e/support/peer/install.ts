import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";

/** Kept in the system's folder for temporary files: its SQLite driver takes two minutes to compile. */
const CACHE = join(tmpdir(), `galaxy-proxy-peer-${userInfo().username}`);
const MODULES = join(CACHE, "node_modules");
const PACKAGE = "@galaxyproject/gx-it-proxy";

/** The version that docs/compatibility-tools.md compares with. */
export const VERSION = "0.2.3";

/** The folder of the installed gx-it-proxy, without its optional pg-native. `more`: packages that are installed beside it. */
export function installPeer(...more: string[]): string {
	const driver = join(MODULES, "sqlite3/build/Release/node_sqlite3.node");
	const files = [join(MODULES, PACKAGE, "lib/main.js"), driver];
	files.push(...more.map((each) => join(MODULES, each, "package.json")));
	if (!files.every((file) => existsSync(file)))
		execFileSync(
			"npm",
			[
				...["install", "--prefix", CACHE, "--omit=optional", "--no-audit"],
				...["--no-fund", `${PACKAGE}@${VERSION}`, ...more],
			],
			{ stdio: ["ignore", 2, 2], env: { ...process.env, ...headersOfNode() } },
		);
	return join(MODULES, PACKAGE);
}

/** node-gyp downloads Node's headers unless it gets the folder that they are in. */
function headersOfNode(): Record<string, string> {
	const top = dirname(dirname(process.execPath));
	const isThere = existsSync(join(top, "include/node/node.h"));
	return isThere ? { npm_config_nodedir: top } : {};
}

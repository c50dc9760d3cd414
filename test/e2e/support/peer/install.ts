import { existsSync, mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { download } from "../../../support/download.js";

/** Kept in the system's folder for temporary files: the peer's SQLite driver takes two minutes to compile. */
const CACHE = join(tmpdir(), `galaxy-proxy-peer-${userInfo().username}`);
const PACKAGE = "@galaxyproject/gx-it-proxy";

/** The version that docs/compatibility-tools.md compares with. */
const VERSION = "0.2.3";

/** The folder of the installed gx-it-proxy, without its optional pg-native. */
export function installPeer(): string {
	const modules = install(
		CACHE,
		[`${PACKAGE}@${VERSION}`, "--omit=optional"],
		["sqlite3/build/Release/node_sqlite3.node", `${PACKAGE}/lib/main.js`],
	);
	return join(modules, PACKAGE);
}

/** The same with pg-native, which needs libpq-dev and a compiler. */
export function installPeerWithPostgres(): string {
	const modules = install(
		join(CACHE, "postgresql"),
		[`${PACKAGE}@${VERSION}`, "pg-native@3"],
		["libpq/build/Release/addon.node", `${PACKAGE}/lib/main.js`],
	);
	return join(modules, PACKAGE);
}

/** The node_modules with the programs that run gx-it-proxy's own tests. */
export function installTestRunner(): string {
	const packages = ["vitest@3.2.4", "axios@1", "axios-retry@4"];
	const files = ["vitest/vitest.mjs", "axios-retry/package.json"];
	return install(join(CACHE, "tests"), packages, files);
}

/** Installs the words of npm's command line into the folder, unless the files are there; returns its node_modules. */
function install(
	folder: string,
	words: readonly string[],
	files: readonly string[],
): string {
	const modules = join(folder, "node_modules");
	if (files.every((file) => existsSync(join(modules, file)))) return modules;
	mkdirSync(folder, { recursive: true });
	download(
		"npm",
		["install", "--prefix", folder, "--no-audit", "--no-fund", ...words],
		{ stdio: ["ignore", 2, 2], env: { ...process.env, ...headersOfNode() } },
	);
	return modules;
}

/** node-gyp downloads Node's headers unless it gets the folder that they are in. */
function headersOfNode(): Record<string, string> {
	const top = dirname(dirname(process.execPath));
	const isThere = existsSync(join(top, "include/node/node.h"));
	return isThere ? { npm_config_nodedir: top } : {};
}

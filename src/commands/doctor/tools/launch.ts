import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { accountOf, type NamedAccount } from "../account.js";
import { real } from "./mounts.js";
import { type Runs, resolveNpx } from "./npx.js";
import { type Service, serviceOf } from "./service.js";
import { type Setup, textOf } from "./setup.js";

/** The account, folder, programs and package with which gravity starts the proxy. */
export interface Launch {
	readonly service: Service;
	/** The service's account, if doctor can find it out. */
	readonly account: NamedAccount | undefined;
	readonly home: string | undefined;
	/** What gravity executes; undefined if there is none. */
	readonly npx: string | undefined;
	readonly npmVersion: string | undefined;
	/** The first `node` on the service's PATH. */
	readonly node: string | undefined;
	readonly nodeVersion: string | undefined;
	/** Another Node, later on the PATH. */
	readonly otherNode: string | undefined;
	/** The package that npx would run. */
	readonly runs: Runs;
}

const PATIENCE_MS = 10_000;
const launches = new WeakMap<Setup, Promise<Launch>>();

/** Looked at once. */
export function launchOf(setup: Setup): Promise<Launch> {
	const known = launches.get(setup) ?? lookAt(setup);
	launches.set(setup, known);
	return known;
}

async function lookAt(setup: Setup): Promise<Launch> {
	const service = serviceOf(setup);
	const account = await accountOfService(setup, service);
	const inherited = await supervisorsEnv(service);
	const { environment } = service;
	const home = textOf(environment.HOME) ?? inherited.HOME ?? account?.home;
	const path =
		textOf(environment.PATH) ?? inherited.PATH ?? setup.host.env.PATH;
	const own = setup.venv === undefined ? [] : [join(setup.venv, "bin")];
	const folders = [...own, ...(path ?? "").split(delimiter)].filter(Boolean);
	const [node, ...others] = await named("node", folders);
	const [npx] = await named("npx", setup.venv === undefined ? folders : own);
	const by = { account, env: { PATH: folders.join(delimiter), HOME: home } };
	const [nodeVersion, npmVersion] = await Promise.all([
		versionOf(node, by),
		versionOf(npx, by),
	]);
	// /bin is often a link to /usr/bin.
	const otherNode = others.find((other) => real(other) !== real(node ?? ""));
	const { packageName, specifier } = service;
	const runs = await resolveNpx(packageName, specifier, {
		root: setup.root,
		home,
	});
	return {
		service,
		account,
		home,
		npx,
		npmVersion,
		node,
		nodeVersion,
		otherNode,
		runs,
	};
}

/** Under systemd gravity's settings name the account; supervisor runs as the account that started it, which owns its folder. */
async function accountOfService(setup: Setup, service: Service) {
	const user = textOf(setup.gravity.galaxy_user);
	if (user !== undefined && service.manager === "systemd")
		return accountOf(user);
	for (let at = service.stateFolder; at !== dirname(at); at = dirname(at)) {
		const owner = await stat(at).catch(() => undefined);
		if (owner !== undefined) return accountOf(owner.uid);
	}
	return undefined;
}

/** The environment of the running supervisord, which its programs inherit. */
async function supervisorsEnv({ stateFolder }: Service) {
	const pid = await textIn(join(stateFolder, "supervisor/supervisord.pid"));
	if (!/^\d+$/.test(pid.trim())) return {};
	const words = (await textIn(`/proc/${pid.trim()}/environ`)).split("\0");
	const of = (name: string): string | undefined =>
		words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
	return { HOME: of("HOME"), PATH: of("PATH") };
}

function textIn(file: string): Promise<string> {
	return readFile(file, "utf8").catch(() => "");
}

/** The executables of that name, in the order of the folders. */
async function named(name: string, folders: readonly string[]) {
	const files = [...new Set(folders)].map((folder) => join(folder, name));
	const modes = await Promise.all(
		files.map((file) => stat(file).catch(() => undefined)),
	);
	return files.filter((_, at) => ((modes[at]?.mode ?? 0) & 0o111) !== 0);
}

interface RunBy {
	readonly account: NamedAccount | undefined;
	readonly env: NodeJS.ProcessEnv;
}

/**
 * Undefined if it cannot be run, or prints something else. Root runs it as the service's account, which may be able to replace
 * the file.
 */
async function versionOf(file: string | undefined, { account, env }: RunBy) {
	if (file === undefined) return undefined;
	const isRoot = process.getuid?.() === 0;
	if (isRoot && account === undefined) return undefined;
	const identity =
		isRoot && account
			? { uid: account.uid, gid: account.groups[0] ?? account.uid }
			: {};
	const options = { timeout: PATIENCE_MS, cwd: "/", env, ...identity };
	const run = promisify(execFile)(file, ["--version"], options);
	const { stdout } = await run.catch(() => ({ stdout: "" }));
	return /^v?(\d+\.\d+\.\d+)\S*\s*$/.exec(String(stdout))?.[1];
}

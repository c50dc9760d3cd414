import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { isUrl } from "../../../config/gravity.js";
import { isDatabaseUrl, shownUrl } from "../../../database.js";
import { codeOf } from "../../../session-map/unreadable.js";
import { doubtful, type Found, good, unchecked, wrong } from "../finding.js";
import { launchOf } from "./launch.js";
import { mountAround, mountsOf, safeFolder } from "./mounts.js";
import { type Service, serviceOf } from "./service.js";
import { type Setup, textOf } from "./setup.js";

/** A place of the map, for comparison and for people. */
interface Place {
	/** An absolute path or a URL. */
	readonly at: string;
	/** The file and the setting that name it. */
	readonly key: string;
}

const AFTERWARDS = "then galaxyctl update && galaxyctl restart gx-it-proxy";

/** Do Galaxy, gravity and the running proxy name the same map? */
export async function* mapPlaces(setup: Setup): AsyncIterable<Found> {
	const { uwsgi } = setup;
	const written = galaxysMap(setup);
	const service = serviceOf(setup);
	const found: Found[] = [];
	const others = [
		await ofGravity(setup, written, service),
		await ofRunning(setup, written),
	];
	for (const each of others) if (each !== undefined) found.push(each);
	if (textOf(uwsgi.interactivetools_map) !== undefined)
		found.push(ofUwsgi(setup, written));
	yield* found;
	if (found.length > 0) return;
	const isRunning = (await setup.host.daemon())?.sessions !== undefined;
	const readers = [
		...(service.isEnabled ? ["gravity starts the proxy with it"] : []),
		...(isRunning ? ["the running proxy reads it"] : []),
	];
	yield good`${[`Galaxy writes ${shown(written.at)} (${written.key})`, ...readers].join(", and ")}`;
}

/** Galaxy makes its data_dir with all folders above it, but no other folder for the map. */
export async function mapFolder(setup: Setup): Promise<Found | undefined> {
	const { at, key } = galaxysMap(setup);
	const folder = dirname(at);
	const isMade = `${setup.galaxy.dataFolder}/`.startsWith(`${folder}/`);
	if (isUrl(at) || isMade) return undefined;
	const problem = await stat(folder).then(() => undefined, codeOf);
	if (problem === undefined) return undefined;
	if (!/^ENO(ENT|TDIR)$/.test(problem))
		return unchecked`whether ${folder}, the folder of the map (${key}), exists: ${problem} -> Run doctor as root or as the account that runs Galaxy.`;
	const { account } = await launchOf(setup);
	const cure =
		account === undefined || account.uid === 0
			? `Make ${folder} with mode 0700. It must belong to the account that runs Galaxy.`
			: `As root: install -d -m 0700 -o ${account.name} ${folder}`;
	return wrong`${folder}, the folder of the map (${key}), does not exist, and Galaxy does not make it: no tool gets into the map
		-> ${cure}`;
}

/** The map of old releases, in which uWSGI was the proxy of tools. */
function ofUwsgi({ galaxy, uwsgi, root }: Setup, written: Place): Found {
	const what = `the section uwsgi of ${galaxy.file} has interactivetools_map, with which uWSGI itself passed requests on to tools; Galaxy 22.01 and later, gravity and this proxy do not read it`;
	const rules =
		"remove interactivetools_map and the rules for tools from the section uwsgi";
	const isSame =
		written.at === resolve(root, String(uwsgi.interactivetools_map));
	if (isSame)
		return doubtful`${what}. The section galaxy names the same file already -> So ${rules}.`;
	if (galaxy.interactivetools_map.origin.source !== "default")
		return doubtful`${what}. The section galaxy names another file -> While no tool runs, ${rules}.`;
	return doubtful`${what} -> Set interactivetools_map in the section galaxy, to the same file, and ${rules}.`;
}

/** interactivetoolsproxy_map counts before interactivetools_map. */
export function galaxysMap({ galaxy, root }: Setup): Place {
	const { interactivetoolsproxy_map: url, interactivetools_map: map } = galaxy;
	const file = fileOf(url.value);
	if (url.value !== "")
		return {
			// Galaxy's working folder is its root, where SQLite begins.
			at: file === undefined ? url.value : resolve(root, file),
			key: `interactivetoolsproxy_map in ${galaxy.file}`,
		};
	const isGiven = map.origin.source !== "default";
	const key = isGiven
		? `interactivetools_map in ${galaxy.file}`
		: "Galaxy's default, in data_dir";
	return { at: map.value, key };
}

/** The path in SQLAlchemy's sqlite:///PATH. */
function fileOf(url: string): string | undefined {
	return /^sqlite(?:\+\w+)?:\/\/\/([^?]+)/.exec(url)?.[1];
}

async function ofGravity(
	setup: Setup,
	written: Place,
	service: Service,
): Promise<Found | undefined> {
	const { galaxy, gravityFile, text } = setup;
	if (!service.isEnabled || hasOwnMap(service)) return undefined;
	if (await isSame(written.at, service.map)) return undefined;
	const what = `Galaxy writes ${shown(written.at)} (${written.key}), but gravity starts the proxy with ${shown(service.map)} (${service.mapKey}): no tool will be found`;
	if (!isDatabaseUrl(written.at))
		return wrong`${what}
			-> Set interactivetools_map: ${forBoth(setup, written.at)} in the section galaxy of ${galaxy.file}, which both read, ${AFTERWARDS}, and restart Galaxy.`;
	const remove =
		text("interactivetools_map") === undefined
			? ""
			: ` and remove interactivetools_map from ${galaxy.file}, which gravity prefers,`;
	return wrong`${what}. Gravity does not pass on interactivetoolsproxy_map
		-> Set gx_it_proxy.sessions in ${gravityFile} to the same URL,${remove} ${AFTERWARDS}. With galaxy-proxy in place, GALAXY_PROXY_SESSIONS in gx_it_proxy.environment keeps the password out of the process list.`;
}

/** The place that Galaxy uses now, unless containers can see it. */
function forBoth(setup: Setup, path: string): string {
	const mounts = mountsOf(setup);
	if (mountAround(path, mounts) === undefined) return path;
	return join(safeFolder(mounts), basename(path));
}

/** Our own variables count before gravity's flag if they name a database. */
function hasOwnMap({ environment }: Service): boolean {
	return Object.keys(environment).some((name) =>
		/^GALAXY_PROXY_SESSIONS(_FILE)?$/.test(name),
	);
}

async function ofRunning({ host }: Setup, written: Place) {
	const daemon = await host.daemon();
	if (daemon?.sessions === undefined) return undefined;
	const { pid, sessions } = daemon;
	if (await isSame(written.at, sessions)) return undefined;
	// Two different URLs may mean the same database.
	const problem =
		isDatabaseUrl(written.at) && isDatabaseUrl(sessions) ? doubtful : wrong;
	return problem`Galaxy writes ${shown(written.at)} (${written.key}), but the running proxy, process ${pid}, reads ${shown(sessions)}
		-> Start the proxy with --sessions ${shown(written.at)}; under gravity ${AFTERWARDS.replace("then ", "")}. If Galaxy should write the other one, set it in Galaxy's file and restart Galaxy.`;
}

async function isSame(one: string, other: string): Promise<boolean> {
	if (isDatabaseUrl(one) || isDatabaseUrl(other))
		return shown(one) === shown(other);
	const real = (path: string) => realpath(path).catch(() => path);
	return (await real(one)) === (await real(other));
}

function shown(place: string): string {
	return isDatabaseUrl(place) ? shownUrl(place) : place;
}

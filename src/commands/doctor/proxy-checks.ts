import { type Config, clientsThatFit } from "../../config/config.js";
import { isDatabaseUrl } from "../../database.js";
import { FAULTS } from "../../faults.js";
import { sessionLabel } from "../../log/session-label.js";
import { VERSION } from "../../package.js";
import { codeOf } from "../../session-map/unreadable.js";
import { socketPathOf } from "../proxy-address.js";
import { closedTo, READ, SEARCH } from "./account.js";
import { type Check, messageOf } from "./check.js";
import { type DaemonProcess, LEGACY_VERSION } from "./daemon-process.js";
import { doubtful, type Found, good, unchecked, wrong } from "./finding.js";
import { connectFailure, type Host } from "./host.js";
import { Unanswered } from "./http-client.js";

export const PROXY_CHECKS: readonly Check<Host>[] = [
	{ name: "port", find: portHolder },
	{ name: "proxy", find: proxyAnswer, unlessWrong: "port" },
	{ name: "proxy map", find: proxysMap, unlessWrong: "port" },
	{ name: "map access", find: mapAccess, unlessWrong: "port" },
	{ name: "file limit", find: fileLimit },
];

/** Tolerance in milliseconds, because the system reports start times in whole seconds. */
const START_MS = 2000;
/** A proxy for fewer clients can be filled by one class of students. */
const FEW_CLIENTS = 500;
const NEARLY_FULL = 0.8;

const COMPARE =
	"Compare its --sessions and --cookie with doctor's; a relative --sessions starts from its working directory.";
const AS_PROXY = "Run doctor as root, or as the account of the proxy.";

async function portHolder({ config, daemon }: Host): Promise<Found> {
	const address = socketPathOf(config) ?? `${config.ip}:${config.port}`;
	const failure = await connectFailure(config);
	const holder = await daemon();
	if (holder === undefined)
		return failure === undefined
			? doubtful`${address} is open, held by a process that this account may not see -> ${AS_PROXY}`
			: wrong`nobody listens on ${address} (${failure})
				-> Start the proxy (${config.mode === "gxit" ? "galaxyctl start gx-it-proxy, or its own unit" : "Galaxy does so itself if dynamic_proxy_manage is true"}), or give doctor the --ip and --port of the running proxy.`;
	const { pid, version, sessions, command } = holder;
	const name = command.slice(0, 2).join(" ") || "no command line";
	if (failure !== undefined)
		return wrong`${address} does not accept connections (${failure}), but process ${pid} (${name}) holds this port on another address
			-> Give doctor the --ip of the running proxy; for all addresses it is 0.0.0.0.`;
	const who = `${address} is held by process ${pid}`;
	if (holder.originalVersion !== undefined)
		return doubtful`${who}, which is the original gx-it-proxy ${holder.originalVersion}
			-> To put this proxy into its place see docs/from-gx-it-proxy.md; with --config the line "gravity" says how. Then stop the old process: ${pid}.`;
	if (version === LEGACY_VERSION)
		return wrong`${who}, which is Galaxy's own legacy proxy (${version})
			-> Put this proxy into its place (lib/galaxy/web/proxy/js), or set dynamic_proxy_manage to False, and stop the old one.`;
	if (version === undefined && sessions === undefined)
		return wrong`${who} (${name}), which is not a galaxy-proxy
			-> Stop it, or give ${config.mode === "gxit" ? "the proxy and the front proxy another port (--port, gx_it_proxy.port)" : "both the proxy and Galaxy another port (--port, dynamic_proxy_bind_port)"}. If the proxy already runs on another port, give doctor that one.`;
	// With --config the command line names no map. The check "proxy map" asks the proxy itself.
	if (sessions === undefined) return good`${who}, a galaxy-proxy`;
	if (sessions === config.sessions)
		return good`${who}, a galaxy-proxy on this map`;
	if (config.database !== undefined && isDatabaseUrl(sessions))
		return doubtful`${who}, a galaxy-proxy with another URL of its map: ${sessions}, where ${config.sessions} was expected
			-> If both name one database, that is good. Else compare --sessions with Galaxy's interactivetoolsproxy_map.`;
	return wrong`${who}, a galaxy-proxy on another session map: ${sessions}, where ${config.sessions} was expected
		-> Galaxy and the proxy must name the same file: compare --sessions with ${config.mode === "gxit" ? "interactivetools_map" : "dynamic_proxy_session_map"}, and the folders from which relative paths start.`;
}

/** Sends a request without a session, and looks at the process. */
async function* proxyAnswer(host: Host): AsyncIterable<Found> {
	const { config, client } = host;
	// The check of the port has reported it.
	if ((await host.daemon())?.originalVersion !== undefined) return;
	const path = `${config.ownPath}/`;
	const answer = await client.ask(path).catch(failureFound);
	if ("verdict" in answer) yield answer;
	else if (answer.fault === "outsidePrefix")
		yield wrong`it answers 404 to ${path}: it serves another --proxy-prefix -> ${FAULTS.outsidePrefix.remedy}`;
	else if (answer.isOurs) yield* daemonFound(await host.daemon(), config);
	else
		yield wrong`the program on this port answers ${answer.status} to a request without a session, which no galaxy-proxy does
			-> Find out which program holds the port; the proxy needs a port for itself.`;
}

function failureFound(error: unknown): Found {
	const what = `the program on this port does not answer in HTTP: ${messageOf(error)}`;
	return error instanceof Unanswered
		? wrong`${what}. Either Galaxy's legacy proxy, which does not answer without a session, still runs although this one has replaced it, or the proxy hangs
			-> Look at its log, and restart it. If Galaxy starts it, restart Galaxy.`
		: wrong`${what} -> Find out which program it is, and restart the proxy.`;
}

/** Compares its version and its flags with doctor's own. */
export function* daemonFound(
	daemon: DaemonProcess | undefined,
	config: Pick<Config, "cookie" | "ownPath">,
): Iterable<Found> {
	if (daemon === undefined) {
		yield good`it answers as a galaxy-proxy of an unknown version`;
		return;
	}
	const { pid, version, cookie = config.cookie, proxyPrefix } = daemon;
	const isOther = version !== undefined && version !== VERSION;
	const { workersStartedAt, startedAt, installedAt } = daemon;
	const isOld = installedAt > (workersStartedAt ?? startedAt) + START_MS;
	const isPrefixed = proxyPrefix !== undefined && config.ownPath === "";
	if (isOther)
		yield doubtful`it runs version ${version}, doctor is ${VERSION} -> Run the doctor of the proxy's own installation, or restart the proxy from the new one.`;
	if (isOld && workersStartedAt === undefined)
		yield doubtful`its files were installed after it was started: the old version still runs -> Restart the proxy.`;
	else if (isOld)
		yield doubtful`its files were installed after its workers were started: the old version still runs
			-> Send SIGUSR2 to the supervisor, which restarts its workers one by one: kill -USR2 ${pid}`;
	if (cookie !== config.cookie)
		yield wrong`it looks for the cookie ${cookie}, not ${config.cookie} -> Galaxy's is galaxysession: remove --cookie, or give doctor the same.`;
	if (isPrefixed)
		yield doubtful`it serves only ${proxyPrefix}, but doctor has no --proxy-prefix -> Run doctor with --proxy-prefix ${proxyPrefix}.`;
	if (!isOther && !isOld && cookie === config.cookie && !isPrefixed)
		yield good`process ${pid} answers as galaxy-proxy ${version ?? "of an unknown version"}`;
}

/** Sends a request of the map's newest session. Its container need not answer. */
async function proxysMap(host: Host): Promise<Found | undefined> {
	const { config, client } = host;
	if ((await host.daemon())?.originalVersion !== undefined) return undefined;
	// A session key is its user's login. It is only sent to a galaxy-proxy, never to a program that imitates one.
	if ((await host.daemon())?.version === undefined)
		return unchecked`a session's cookie is only sent to a galaxy-proxy, and the program on the port is unknown
			-> Run doctor as root or as the account of the proxy, on its host.`;
	// The check of the map has reported why its rows cannot be read.
	const listing = await host.rows().catch(() => undefined);
	const newest = listing?.rows.find(
		({ key, route }) =>
			key !== "null" &&
			route.kind !== "elsewhere" &&
			/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,1024}$/.test(key),
	);
	if (newest === undefined)
		return host.config.mode === "gxit"
			? unchecked`this needs a tool in the map -> Start one from Galaxy, or add --probe.`
			: unchecked`this needs a session in the map -> Start an environment from Galaxy, or add --probe.`;
	const who = `the newest session of the map (${sessionLabel(newest.key)})`;
	const { path, headers } = await requestFor(newest.key, host);
	const answer = await client
		.ask(path, { method: "HEAD", headers })
		.catch((error: unknown) => {
			if (!(error instanceof Unanswered)) throw error;
		});
	// A refusal would come at once, so it is the container that does not answer.
	if (answer === undefined)
		return good`the running proxy sends ${who} to a container that does not answer`;
	// With --check-owner, 404 may also mean that Galaxy has ended the tool.
	if (config.mode === "gxit" && answer.status === 404 && answer.isOurs)
		return config.checkOwner
			? unchecked`the running proxy does not show ${who} without its owner's cookie -> Open the tool in a browser.`
			: wrong`the running proxy does not know ${who}: it reads another map, or has another --proxyPathPrefix
				-> Compare its --sessions and --proxyPathPrefix with doctor's. Its log says whether it can read the map.`;
	if (answer.status === 403 && answer.isOurs && config.mode !== "gxit")
		return wrong`the running proxy does not know ${who}: it reads another map, or looks for another cookie
			-> ${COMPARE} Its log says whether it can read the map.`;
	const retryAfter = answer.headers["retry-after"];
	if (answer.status === 503 && answer.isOurs && retryAfter === "1")
		return wrong`the running proxy cannot read the map -> ${FAULTS.mapUnreadable.remedy}`;
	return good`the running proxy knows ${who}`;
}

/** A request of the session: an environment's by cookie, a tool's by path. */
async function requestFor(
	key: string,
	{ config, daemon }: Host,
): Promise<{ path: string; headers: Record<string, string> }> {
	if (config.mode === "gxit") {
		const prefix = (await daemon())?.proxyPathPrefix ?? config.proxyPathPrefix;
		return { path: `${prefix}/${key}/`, headers: {} };
	}
	const Cookie = `${config.cookie}=${key.replaceAll("%", "%25")}`;
	return { path: `${config.ownPath}/`, headers: { Cookie } };
}

/** May the account of the running proxy read the map, according to mode bits and access lists? */
async function mapAccess({ config, daemon }: Host): Promise<Found | undefined> {
	// A database decides itself, and the checks of its rights have reported that.
	if (config.database !== undefined) return undefined;
	const account = (await daemon())?.account;
	if (account === undefined)
		return unchecked`this needs the account of the running proxy -> ${AS_PROXY}`;
	const who = `the proxy's account (uid ${account.uid})`;
	try {
		const closed = await closedTo(account, config.sessions, READ);
		if (closed === undefined) return good`${who} may read the map`;
		const { path, bit } = closed;
		return wrong`${who} may not ${bit === SEARCH ? "enter" : "read"} ${path}
			-> Run the proxy as Galaxy's user, or give it the right by group, chmod or setfacl.`;
	} catch (error) {
		// The check of the map has reported that it is missing, or may not be looked at.
		if (/ENOENT|EACCES|ENOTDIR/.test(codeOf(error))) return undefined;
		throw error;
	}
}

/** The limit of open files: the running proxy's, or that of a proxy started from here. */
async function fileLimit({ config, daemon }: Host): Promise<Found> {
	const files = (await daemon())?.openFiles;
	const clients = files ? clientsThatFit(files.limit) : config.maxClients;
	const what = files
		? `open file limit of the proxy: ${files.limit}, ${files.used} in use; it carries ${clients} clients`
		: `a proxy started from here would carry ${clients} clients`;
	const isFull = files && files.used > NEARLY_FULL * files.limit;
	if (!isFull && clients >= FEW_CLIENTS) return good`${what}`;
	return (isFull ? wrong : doubtful)`${what}
		-> Raise it: LimitNOFILE= in the systemd unit, minfds= in supervisord.conf, or ulimit -n before the start. Then restart the proxy.`;
}

import type { Config } from "../../config/config.js";
import { type Daemon, LEGACY_VERSION } from "./daemon.js";
import { doubtful, type Found, good, wrong } from "./finding.js";
import { refusalAt, socketOf } from "./listener.js";
import type { Scene } from "./scene.js";

const START =
	"Start the proxy (Galaxy does it itself where dynamic_proxy_manage is true), or give doctor the --ip and --port that it runs with.";

/** Who listens where the proxy should? */
export async function portFound(scene: Scene): Promise<Found> {
	const { config } = scene;
	const where = socketOf(config) ?? `${config.ip}:${config.port}`;
	const refusal = await refusalAt(config);
	const holder = await scene.daemon();
	if (refusal !== null) return notAnswering(where, refusal, holder);
	if (holder === null)
		return doubtful(
			`${where} is open, and held by a process that this account cannot see`,
			"Run doctor as root, or as the account of the proxy.",
		);
	return holderFound(where, holder, config);
}

function notAnswering(
	where: string,
	refusal: string,
	holder: Daemon | null,
): Found {
	if (holder === null)
		return wrong(`nobody listens on ${where} (${refusal})`, START);
	return wrong(
		`${where} does not take connections (${refusal}), but process ${holder.pid} (${nameOf(holder)}) holds this port on another address`,
		"Give doctor the --ip that the proxy runs with; for all addresses it is 0.0.0.0.",
	);
}

function holderFound(where: string, holder: Daemon, config: Config): Found {
	const by = `${where} is held by process ${holder.pid}`;
	if (holder.version === LEGACY_VERSION)
		return wrong(
			`${by}, which is Galaxy's own legacy proxy (${LEGACY_VERSION})`,
			"Put this proxy into its place (lib/galaxy/web/proxy/js), or set dynamic_proxy_manage to False, and end the old one.",
		);
	if (holder.version === null && holder.sessions === null)
		return wrong(
			`${by} (${nameOf(holder)}), which is no galaxy-proxy`,
			"Stop it, or give both the proxy and Galaxy another port (--port, dynamic_proxy_bind_port). If the proxy runs on another port already, give doctor that one.",
		);
	if (holder.sessions !== null && holder.sessions !== config.sessions)
		return wrong(
			`${by}, a galaxy-proxy on another session map: ${holder.sessions}, where ${config.sessions} was expected`,
			"Both Galaxy and the proxy must name the same file: compare --sessions with dynamic_proxy_session_map, and the folder that a relative one starts from.",
		);
	// One with --config names no map; whether it reads this one is asked of itself.
	const ofMap = holder.sessions === null ? "" : " on this map";
	return good(`${by}, a galaxy-proxy${ofMap}`);
}

/** What it is called on a machine: its first word, and the script if it is node's. */
function nameOf({ command }: Daemon): string {
	return command.slice(0, 2).join(" ") || "no command line";
}

/** Clients below which a class of students fills the proxy. */
const FEW_CLIENTS = 500;
/** As config.ts has it: descriptors that are not clients' or containers'. */
const OWN_DESCRIPTORS = 64;
const NEARLY_FULL = 0.8;

/** Does the open file limit carry its clients? Of the running daemon, else what one started from here would have. */
export async function fileLimitFound({
	config,
	daemon,
}: Scene): Promise<Found> {
	const open = (await daemon())?.openFiles ?? null;
	const clients =
		open === null
			? config.maxClients
			: Math.floor((open.limit - OWN_DESCRIPTORS) / 2);
	const whose =
		open === null
			? `started from here the proxy would carry ${clients} clients`
			: `open file limit of the proxy: ${open.limit}, ${open.used} in use; it carries ${clients} clients`;
	if (open !== null && open.used > NEARLY_FULL * open.limit)
		return wrong(whose, RAISE);
	return clients < FEW_CLIENTS ? doubtful(whose, RAISE) : good(whose);
}

const RAISE =
	"Raise it: LimitNOFILE= in the systemd unit, minfds= in supervisord.conf, or ulimit -n before the start; then restart the proxy.";

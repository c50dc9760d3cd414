import type { ExchangeRecord } from "../../exchange-record.js";
import { authorityOf } from "../../http1/request-head.js";
import { sessionLabel } from "../../log/session-label.js";
import { Listeners } from "../../proxy/listeners.js";
import { ReverseProxy } from "../../proxy/proxy.js";
import { type Target, UNKNOWN } from "../../route.js";
import type { Listing } from "../../session-map/map-list.js";
import { judgeOf, OWN_LISTENER } from "../routes/verdict.js";
import type { Check } from "./check.js";
import { doubtful, type Found, good, type Verdict, wrong } from "./finding.js";
import type { Host } from "./host.js";
import { HttpClient } from "./http-client.js";

export const TARGET_CHECK: Check<Host> = { name: "target", find: targets };

/** The number of targets that are asked, from the newest rows, and how many of them at a time. */
const TARGETS = 100;
const AT_A_TIME = 16;
/** How many findings with one verdict are listed one by one. */
const LISTED = 10;
/** Milliseconds for a response head if --response-timeout has no limit. */
const RESPONSE_MS = 5000;

/** The names of Galaxy's settings in remedies. */
interface Words {
	/** The setting of the containers' address. */
	readonly host: string;
	readonly port: string;
	/** The reason why a row may outlive its container. */
	readonly stay: string;
	readonly elsewhere: string;
}

const OF_ENVIRONMENTS: Words = {
	host: "docker_hostname",
	port: "Is it the right port? Galaxy must find the image's HTTP port (docker_connect_port if the image exposes several).",
	stay: "Galaxy's map keeps the rows of ended environments; that is normal.",
	elsewhere: "",
};

const OF_TOOLS: Words = {
	host: "container_monitor_get_ip_method in job_conf.yml",
	port: "Is it the right port? The tool's <port> in its XML must be one on which the program in the image speaks HTTP.",
	stay: "Galaxy removes a tool's row when its job has ended, up to some minutes after the container. If Galaxy was restarted meanwhile, the row stays: remove it with galaxy-proxy routes remove KEY.",
	elsewhere:
		' Galaxy writes the address of the engine as the job saw it: container_monitor_get_ip_method: "command:..." in job_conf.yml must print one that this host reaches.',
};

/** A target, and its name in findings. */
interface Place {
	readonly target: Target;
	readonly name: string;
}

/** Asks each target through a proxy in this process that is configured like the daemon. */
async function targets({ config, signal, rows }: Host): Promise<Found[]> {
	const places = placesOf(await rows());
	const judge = await judgeOf(config);
	const records = new Map<string, ExchangeRecord>();
	const listeners = new Listeners(rethrow);
	const responseTimeoutMs = config.responseTimeoutMs || RESPONSE_MS;
	const proxy = new ReverseProxy(
		{
			...config,
			// The requests to this proxy name each target by a cookie.
			mode: "gie",
			proxyPathPrefix: "",
			proxyPrefix: "",
			cors: "none",
			responseTimeoutMs,
		},
		{
			find(key) {
				const target = places[Number(key)]?.target;
				return target === undefined ? UNKNOWN : { kind: "target", target };
			},
			page: () => undefined,
			mayHaveChanged: () => [],
			observe: (record) => records.set(record.sessionKey, record),
			internalFault: rethrow,
		},
		listeners,
	);
	try {
		const [here] = await listeners.listen("127.0.0.1", 0);
		const origin = `http://127.0.0.1:${here?.port}`;
		const client = new HttpClient({ origin }, signal);
		const patienceMs = 2 * (config.connectTimeoutMs + RESPONSE_MS);
		const found: Found[] = [];
		const words = config.mode === "gxit" ? OF_TOOLS : OF_ENVIRONMENTS;
		const waiting = places.entries();
		const worker = async (): Promise<void> => {
			for (const [index, { target, name }] of waiting) {
				// The proxy in this process has another address, so it cannot recognise the daemon's.
				const { reason } = await judge({ kind: "target", target });
				if (reason === OWN_LISTENER) {
					found[index] = wrong`${name} is the proxy's own address
						-> Galaxy wrote the proxy's port in place of the container's: check ${words.host} and which other programs listen there.`;
					continue;
				}
				const headers = { Cookie: `${config.cookie}=${index}` };
				const question = { method: "HEAD", headers, patienceMs };
				const { status } = await client.ask("/", question);
				const record = records.get(String(index));
				found[index] = foundOf(name, status, record, words);
			}
		};
		await Promise.all(Array.from({ length: AT_A_TIME }, worker));
		return summary(found);
	} finally {
		proxy.stop();
	}
}

function rethrow(error: unknown): never {
	throw error;
}

function placesOf({ rows }: Listing): Place[] {
	const places = new Map<string, Place>();
	for (const { key, route } of rows) {
		if (route.kind !== "target" || places.size === TARGETS) continue;
		const authority = authorityOf(route.target);
		const name = `${authority} (session ${sessionLabel(key)})`;
		if (!places.has(authority))
			places.set(authority, { target: route.target, name });
	}
	return [...places.values()];
}

/** Findings by the exchange's termination. If there was no fault, the container has answered. */
function foundOf(
	who: string,
	status: number,
	record: ExchangeRecord | undefined,
	words: Words,
): Found {
	const cause = record?.cause ?? "";
	switch (record?.termination.letters) {
		case "SC":
			return unreachable(who, cause, words);
		case "sC":
			return wrong`${who} cannot be connected to in time: ${cause}
				-> Is the container's host up, its port open in the firewall, the name server answering? --connect-timeout limits the wait.`;
		case "PC":
			return wrong`${who} is refused: ${cause} -> Add it to --allow-target, or find out who wrote the row.`;
		case "SH":
		case "PH":
			return doubtful`${who} accepts connections but does not answer in HTTP/1: ${cause}
				-> ${words.port}`;
		case "sH":
			return doubtful`${who} accepts connections but answers nothing in time
				-> The container hangs or is busy: look at docker logs and docker top on its host.`;
		default:
			return good`${who} answers (${status})`;
	}
}

function unreachable(who: string, cause: string, words: Words): Found {
	if (/ECONNREFUSED/.test(cause))
		return doubtful`${who} refuses connections
			-> The container has stopped or is still starting: look at docker ps on its host. ${words.stay}`;
	if (/ENOTFOUND|EAI_AGAIN/.test(cause))
		return wrong`${who}: this name does not resolve here (${cause})
			-> Add the name to DNS or to /etc/hosts of this host, or set ${words.host} to a name that resolves.`;
	return wrong`${who} cannot be reached: ${cause} -> Is the container's host up, and does this host have a route and an open firewall to it?${words.elsewhere}`;
}

/** Sums up the good findings in one line, and shows only the first ones of each other verdict. */
function summary(found: readonly Found[]): Found[] {
	const of = (verdict: Verdict) => found.filter((f) => f.verdict === verdict);
	const answering = of("good");
	const sum = good`${answering.length} of ${found.length} targets answer`;
	const goods = answering.length > 1 ? [sum] : answering;
	return [...goods, ...shortened(of("wrong")), ...shortened(of("doubtful"))];
}

function shortened(found: readonly Found[]): readonly Found[] {
	const [last] = found.slice(LISTED);
	if (last === undefined) return found;
	const rest = { ...last, what: `and ${found.length - LISTED} more` };
	return [...found.slice(0, LISTED), rest];
}

import type { ExchangeRecord } from "../../exchange-record.js";
import { sessionLabel } from "../../log/session-label.js";
import { Listeners } from "../../proxy/listeners.js";
import { createProxy } from "../../proxy/proxy.js";
import { authorityOf, type Target, UNKNOWN } from "../../route.js";
import type { Listing } from "../../session-map/map-list.js";
import { judgeOf, OWN_LISTENER } from "../routes/verdict.js";
import { type Answer, ask } from "./asking.js";
import { doubtful, type Found, good, wrong } from "./finding.js";
import type { Scene } from "./scene.js";

/** Targets that are asked, of the newest rows, and how many at a time. */
const TARGETS = 100;
const AT_A_TIME = 16;
/** Findings of one kind that are listed one by one. */
const LISTED = 10;
/** Milliseconds for a response head, where --response-timeout sets no limit of its own. */
const RESPONSE_MS = 5000;

/** How many rows there are, and how many of them lead somewhere. */
export function rowsFound({ count, rows }: Listing): Found {
	if (count === 0)
		return doubtful(
			"the map has no rows: no environment was started",
			"Start one from Galaxy. If one runs, Galaxy writes another file: compare --sessions with its dynamic_proxy_session_map.",
		);
	const waiting = rows.filter(({ route }) => route.kind === "not-ready");
	const looked =
		rows.length < count ? ` (the newest ${rows.length} looked at)` : "";
	if (waiting.length === 0)
		return good(
			`${count === 1 ? "1 row" : `${count} rows, all`} ready${looked}`,
		);
	const labels = waiting.slice(0, LISTED).map(({ key }) => sessionLabel(key));
	return doubtful(
		`${waiting.length} of ${count} rows are not ready, without a host or a good port${looked}: sessions ${andMore(waiting.length, labels)}`,
		"Galaxy writes them when the container's port is known. A row that stays so: look at Galaxy's log for this launch. In swarm mode Galaxy's page of the environment must stay open, and docker service ps tells whether the task runs.",
	);
}

/** Docker gives ports again: rows that lead to one address, and which of them are refused for it. */
export function sharedFound({ rows }: Listing): Found[] {
	return [...endedFound(rows), ...contestedFound(rows), ...servedFound(rows)];
}

function endedFound(rows: Listing["rows"]): Found[] {
	const labels = labelsOf(rows, "ended");
	if (labels.length === 0) return [];
	return [
		good(
			`refused because a later row leads to the same address: sessions ${andMore(labels.length, labels.slice(0, LISTED))}; galaxy-proxy routes prune --ended takes their rows out, --same-address any serves them where several Docker hosts share this map`,
		),
	];
}

function contestedFound(rows: Listing["rows"]): Found[] {
	const labels = labelsOf(rows, "contested");
	if (labels.length === 0) return [];
	return [
		doubtful(
			`${labels.length} rows lead to addresses of other rows, and a JSON map does not show which was written last: sessions ${andMore(labels.length, labels.slice(0, LISTED))}`,
			"A proxy that was started with them refuses them. Take the dead ones out (galaxy-proxy routes remove -), or start their environments again.",
		),
	];
}

function labelsOf(
	rows: Listing["rows"],
	kind: "ended" | "contested",
): string[] {
	return rows
		.filter(({ route }) => route.kind === kind)
		.map(({ key }) => sessionLabel(key));
}

/** Rows with one address that are all served: nothing tells their containers apart, or --same-address is any. */
function servedFound(rows: Listing["rows"]): Found[] {
	const sessions = new Map<string, string[]>();
	for (const { key, route } of rows) {
		if (route.kind !== "target") continue;
		const authority = authorityOf(route.target);
		const labels = sessions.get(authority) ?? [];
		sessions.set(authority, [...labels, sessionLabel(key)]);
	}
	const shared = [...sessions].filter(([, labels]) => labels.length > 1);
	return shared
		.slice(0, LISTED)
		.map(([authority, labels]) =>
			doubtful(
				`${authority} stands in ${labels.length} rows, the newest first: sessions ${andMore(labels.length, labels.slice(0, LISTED))}`,
				"Where a container has ended and its port was given to another user's, the older session reaches that one. Take the dead row out: galaxy-proxy routes remove -.",
			),
		);
}

/** One container that rows of the map lead to. */
interface Place {
	readonly target: Target;
	/** Whose it is, as the log shows sessions. */
	readonly session: string;
}

/** Asks each target of the newest rows through a proxy of this process, configured like the daemon. */
export async function targetsFound(
	{ config, signal }: Scene,
	listing: Listing,
): Promise<Found[]> {
	const places = placesOf(listing);
	const judge = await judgeOf(config);
	const exchanges = new Map<string, ExchangeRecord>();
	const listeners = new Listeners(rethrow);
	const proxy = createProxy(
		{
			...config,
			proxyPrefix: "",
			cors: "none",
			responseTimeoutMs: config.responseTimeoutMs || RESPONSE_MS,
		},
		{
			find(key) {
				const target = places[Number(key)]?.target;
				return target === undefined ? UNKNOWN : { kind: "target", target };
			},
			page: () => null,
			mayHaveChanged: () => [],
			observe: (exchange) => exchanges.set(exchange.sessionKey, exchange),
			internalFault: rethrow,
		},
		listeners,
	);
	try {
		const [here] = await listeners.listen("127.0.0.1", 0);
		const origin = `http://127.0.0.1:${here?.port}`;
		const found = await each(places, async (place, index) => {
			const { target } = place;
			// The proxy below listens elsewhere and cannot tell.
			const { reason } = await judge({ kind: "target", target });
			if (reason === OWN_LISTENER) return ownListener(place);
			const headers = { Cookie: `${config.cookie}=${index}` };
			const patienceMs = 2 * (config.connectTimeoutMs + RESPONSE_MS);
			const answer = await ask(
				{ origin },
				{ path: "/", method: "HEAD", headers, signal, patienceMs },
			);
			return verdictOf(place, answer, exchanges.get(String(index)));
		});
		return summed(found);
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
		if (route.kind !== "target") continue;
		const authority = authorityOf(route.target);
		if (places.has(authority) || places.size === TARGETS) continue;
		places.set(authority, { target: route.target, session: sessionLabel(key) });
	}
	return [...places.values()];
}

async function each<T, R>(
	items: readonly T[],
	work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
	const results: R[] = [];
	let next = 0;
	const worker = async (): Promise<void> => {
		while (next < items.length) {
			const index = next++;
			results[index] = await work(items[index] as T, index);
		}
	};
	await Promise.all(Array.from({ length: AT_A_TIME }, worker));
	return results;
}

function ownListener(place: Place): Found {
	return wrong(
		`${named(place)} is the proxy's own address`,
		"Galaxy wrote the proxy's port for the container's: look at docker_hostname and at what else listens there.",
	);
}

/** What the proxy made of it: an exchange without a fault was the container's own answer. */
function verdictOf(
	place: Place,
	answer: Answer,
	exchange: ExchangeRecord | undefined,
): Found {
	const who = named(place);
	const cause = exchange?.cause ?? "";
	switch (exchange?.termination) {
		case "SC":
			return unreachable(who, cause);
		case "sC":
			return wrong(
				`${who} cannot be connected to in time: ${cause}`,
				"Is the container's host up, its port open in the firewall, the name server answering? --connect-timeout bounds the wait.",
			);
		case "PC":
			return wrong(
				`${who} is refused: ${cause}`,
				"Add it to --allow-target, or find out who wrote the row.",
			);
		case "SH":
		case "PH":
			return doubtful(
				`${who} accepts connections but does not answer in HTTP/1: ${cause}`,
				"Is it the right port? The image's HTTP port must be the one that Galaxy finds (docker_connect_port where the image exposes several).",
			);
		case "sH":
			return doubtful(
				`${who} accepts connections but answers nothing in time`,
				"The container hangs, or is busy: docker logs and docker top on its host.",
			);
		default:
			return good(`${who} answers (${answer.status})`);
	}
}

function unreachable(who: string, cause: string): Found {
	if (/ECONNREFUSED/.test(cause))
		return doubtful(
			`${who} refuses connections`,
			"The container has stopped, or is still starting: docker ps on its host. Rows of environments that have ended stay in Galaxy's map; that is no fault.",
		);
	if (/ENOTFOUND|EAI_AGAIN/.test(cause))
		return wrong(
			`${who}: this name does not resolve here (${cause})`,
			"Put the name into DNS or /etc/hosts of this host, or set docker_hostname to one that resolves.",
		);
	return wrong(
		`${who} cannot be reached: ${cause}`,
		"Is the container's host up, and is there a route and an open firewall from this host to it?",
	);
}

function named({ target, session }: Place): string {
	return `${authorityOf(target)} (session ${session})`;
}

/** The good ones in one line; of the others the first of each verdict one by one. */
function summed(found: readonly Found[]): Found[] {
	const answering = found.filter(({ verdict }) => verdict === "good");
	const listed = (["wrong", "doubtful"] as const).flatMap((verdict) => {
		const all = found.filter((each) => each.verdict === verdict);
		const more = all.length - LISTED;
		if (more <= 0) return all;
		const rest = { ...(all[LISTED] as Found), what: `and ${more} more` };
		return [...all.slice(0, LISTED), rest];
	});
	if (answering.length === 0) return listed;
	const sum =
		answering.length === 1
			? (answering[0] as Found)
			: good(`${answering.length} of ${found.length} targets answer`);
	return [sum, ...listed];
}

function andMore(count: number, labels: readonly string[]): string {
	const more = count - labels.length;
	return labels.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

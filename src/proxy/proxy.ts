import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Load } from "../exchange-record.js";
import type { ListeningAt } from "../listening/listen.js";
import { Boundary } from "../routing/boundary.js";
import { ClientConnection } from "./client-connection.js";
import type {
	ActiveOptions,
	Context,
	ProxyOptions,
	ProxyParts,
} from "./context.js";
import type { Listeners } from "./listeners.js";
import type { ClientReads } from "./read-buffers.js";
import { KnownBlocks } from "./request-reader.js";
import {
	FairShares,
	Sessions,
	SharePlace,
	type ShareRefusals,
} from "./sessions.js";
import { Clock } from "./socket.js";
import {
	allowanceOf,
	blockListOf,
	isAt,
	isIn,
	Lookup,
	placesOpenTo,
} from "./target-address.js";

export interface ReverseProxy {
	/** Replaces these parts, from the next call on: a proxy accepts clients before the rest of the daemon is loaded. */
	use(parts: Partial<ProxyParts>): void;
	/**
	 * From the next request on, answers 404 outside this path. What is under way goes on.
	 * @param prefix "" or a path without a slash at its end
	 */
	serveBelow(prefix: string): void;
	/** Another listener of this daemon's: a row that leads to it is refused like one that leads here. */
	refuseTarget(own: ListeningAt): void;
	/** What is carried at this moment. */
	load(): Load;
	/** Clients so far for whom there was no place in somebody's share. */
	shareRefusals(): ShareRefusals;
	/** The session map changed: what is under way for sessions that are gone must end. */
	recheck(): void;
	/** Accepts nothing more, ends tunnels and idle connections; resolves when what is in flight is done, or its time is over. */
	drain(): Promise<void>;
	/** Ends everything at once; a drain under way resolves. */
	stop(): void;
}

/**
 * Clients beyond the limit that are being told so at one time; more are closed without a word. They take descriptors that
 * are kept for the map, the log and name look-ups: a flood of them must not cost those who have a place their containers.
 */
const REFUSED_AT_A_TIME = 16;

/** Serves whoever comes to the listeners, and closes them at its end. */
export function createProxy(
	options: ProxyOptions,
	parts: ProxyParts,
	listeners: Listeners,
): ReverseProxy {
	const refusedTargets: ListeningAt[] = [];
	const clients = new Set<ClientConnection>();
	const isTrusted = trustOf(options.trustProxy);
	const shares = new FairShares(options.maxClients);
	const isNameAllowed = allowanceOf(options.allowTarget);
	const mayLead = placesOpenTo(options.allowTarget, options.closedPorts);
	const fullOptions: ActiveOptions = {
		...options,
		boundary: new Boundary(options),
		loopId: `galaxy-proxy-${randomBytes(8).toString("hex")}`,
	};
	const context: Context = {
		...parts,
		options: fullOptions,
		clock: new Clock(),
		lookup: new Lookup(),
		blocks: new KnownBlocks(fullOptions),
		isOwnListener: (address, port) =>
			[listeners.at, refusedTargets].some((list) =>
				list.some((own) => isAt(own, address, port)),
			),
		isAllowed: (host, address, port) =>
			isNameAllowed(host, address) && mayLead(address, port),
		draining: false,
	};
	const sessions = new Sessions(context);
	/** Of the clients, those over the limit that are being told so. */
	let refused = 0;
	let drained: (() => void) | null = null;

	function accept(
		socket: Socket,
		reads: ClientReads | null,
		remote: string | undefined,
	): void {
		// Who is being refused takes nobody's place, however long it stays.
		const full = clients.size - refused >= options.maxClients;
		// Without an address it was reset before it was accepted.
		if (remote === undefined) {
			socket.destroy();
			return;
		}
		const address = remote.replace(/^::ffff:/, "");
		const peer = { address, trusted: isTrusted(address) };
		const isUnfair = !full && !shares.enterAddress(peer);
		const isRefused = full || isUnfair;
		if (isRefused && refused >= REFUSED_AT_A_TIME) {
			socket.destroy();
			return;
		}
		const client = new ClientConnection(
			{
				context,
				sessions,
				place: isRefused ? null : new SharePlace(shares, peer),
				onGone: isRefused ? refusedGone : gone,
			},
			socket,
			reads,
			peer,
		);
		clients.add(client);
		if (!isRefused) return;
		refused++;
		client.refuse(
			"clientLimit",
			isUnfair
				? "a quarter of --max-clients, from one address"
				: "--max-clients",
		);
	}

	function gone(client: ClientConnection): boolean {
		const first = clients.delete(client);
		if (first && clients.size === 0) drained?.();
		return first;
	}

	function refusedGone(client: ClientConnection): void {
		if (gone(client)) refused--;
	}

	function stop(): void {
		listeners.close();
		for (const client of clients) client.stop();
		sessions.retireAll();
		context.clock.stop();
		drained?.();
	}

	async function drain(): Promise<void> {
		context.draining = true;
		listeners.close();
		for (const client of clients) client.endWhereIdle();
		sessions.retireAll();
		if (clients.size > 0) {
			const limit = options.drainTimeoutMs;
			const timer = limit > 0 ? setTimeout(stop, limit) : undefined;
			await new Promise<void>((resolve) => {
				drained = resolve;
			});
			clearTimeout(timer);
		}
		stop();
	}

	function serveBelow(proxyPrefix: string): void {
		context.options = { ...context.options, proxyPrefix };
	}

	listeners.serve(accept);
	return {
		use: (parts) => Object.assign(context, parts),
		serveBelow,
		refuseTarget: (own) => refusedTargets.push(own),
		shareRefusals: () => shares.refusals,
		load: () => ({ clients: clients.size, ...sessions.load() }),
		recheck: () => sessions.recheck(),
		drain,
		stop,
	};
}

/** Whether an address is in --trust-proxy. */
function trustOf(list: readonly string[]): (address: string) => boolean {
	const trusted = blockListOf(list);
	// Behind a front proxy every connection comes from the same address.
	const last = { address: "", trusted: false };
	return (address) => {
		if (address !== last.address) {
			last.trusted = isIn(trusted, address);
			last.address = address;
		}
		return last.trusted;
	};
}

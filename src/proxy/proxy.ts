import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Load } from "../exchange-record.js";
import type { FaultCode } from "../faults.js";
import type { Group } from "../group.js";
import type { ListeningAt } from "../listening/listen.js";
import type { OpenConnection } from "../route.js";
import { Boundary } from "../routing/boundary.js";
import type { Admission } from "../tool-owners.js";
import { ClientConnection } from "./client-connection.js";
import type {
	ActiveOptions,
	Context,
	Cut,
	ProxyOptions,
	ProxyParts,
} from "./context.js";
import type { Listeners } from "./listeners.js";
import { Progress } from "./progress.js";
import type { ClientReads } from "./read-buffers.js";
import { FieldBlocks } from "./request-reader.js";
import { FairShares, Sessions, type ShareRefusals } from "./sessions.js";
import { Clock } from "./socket.js";
import {
	blockListOf,
	isIn,
	Lookup,
	TargetAddresses,
} from "./target-address.js";

/**
 * How many clients beyond the limit get an answer at the same time; more are closed without one. They use descriptors that are
 * reserved for the map, the log and name look-ups: a flood of them must not cut the other clients off their containers.
 */
const REFUSED_AT_A_TIME = 16;

/** A client of a unix socket is on this machine, and is treated as a peer that came by loopback. */
const UNIX_PEER = "127.0.0.1";

/** Serves all clients of the listeners, and closes the listeners at its end. */
export class ReverseProxy {
	readonly #loopId: string;
	readonly #context: Context;
	readonly #listeners: Listeners;
	/** Listeners of this daemon besides #listeners. */
	readonly #refusedTargets: ListeningAt[] = [];
	readonly #isTrusted: (address: string) => boolean;
	readonly #shares: FairShares;
	readonly #sessions: Sessions;
	readonly #clients = new Set<ClientConnection>();
	/** Clients beyond the limit. They take no place, however long they stay. */
	readonly #refused = new Set<ClientConnection>();
	#drained: Promise<void> | undefined = undefined;
	/** Set while #drained waits. */
	#onAllGone: (() => void) | undefined = undefined;
	/** When the drain ends the tunnels, in milliseconds of performance.now(). */
	#tunnelsEnd = Number.POSITIVE_INFINITY;
	#tunnelTimer: NodeJS.Timeout | undefined = undefined;

	constructor(options: ProxyOptions, parts: ProxyParts, listeners: Listeners) {
		const { mark = randomBytes(8).toString("hex") } = options;
		this.#loopId = `galaxy-proxy-${mark}`;
		const activeOptions = this.#activate(options);
		this.#context = {
			...parts,
			options: activeOptions,
			clock: new Clock(),
			progress: new Progress(options.bodyTimeoutMs),
			lookup: new Lookup(),
			addresses: new TargetAddresses(
				options,
				listeners.at,
				this.#refusedTargets,
			),
			blocks: new FieldBlocks(activeOptions),
			isDraining: false,
			cut: { requests: 0, tunnels: 0 },
			areTunnelsOver: false,
		};
		this.#listeners = listeners;
		this.#isTrusted = trustOf(options.trustProxy);
		this.#shares = new FairShares(options.maxClients);
		this.#sessions = new Sessions(this.#context);
		listeners.serve((socket, reads, isUnix) =>
			this.#accept(socket, reads, isUnix),
		);
	}

	/** Replaces these parts from now on: a proxy accepts clients before the rest of the daemon is loaded. */
	use(parts: Partial<ProxyParts>): void {
		Object.assign(this.#context, parts);
	}

	/** The mode is decided: these options replace the former ones, which have served no request. */
	decide(options: ProxyOptions): void {
		const activeOptions = this.#activate(options);
		this.#context.options = activeOptions;
		this.#context.blocks.useRules(activeOptions);
	}

	#activate(options: ProxyOptions): ActiveOptions {
		const boundary = new Boundary(options);
		const { forwardIp, forwardPort } = options;
		const isOuter = forwardIp !== undefined || forwardPort !== undefined;
		return { ...options, boundary, isOuter, loopId: this.#loopId };
	}

	/** Changes the option from the next response on. */
	useOwnPath(ownPath: string): void {
		this.#context.options = { ...this.#context.options, ownPath };
	}

	/** Another listener of this daemon: rows that lead to it are refused, like rows that lead to the proxy itself. */
	refuseTarget(own: ListeningAt): void {
		this.#refusedTargets.push(own);
	}

	load(): Load {
		const clients = this.#clients.size + this.#refused.size;
		return { clients, ...this.#sessions.load() };
	}

	/** For a worker: all workers know which containers have answered. */
	share(group: Group): void {
		this.#sessions.share(group);
	}

	connections(): Iterable<OpenConnection> {
		return this.#sessions.connections();
	}

	shareRefusals(): ShareRefusals {
		return this.#shares.refusals;
	}

	/** The session map changed: exchanges of sessions that are gone end. */
	recheck(): void {
		this.#sessions.recheck();
	}

	/** Whether the address is in --trust-proxy. */
	isTrusted(address: string): boolean {
		return this.#isTrusted(address);
	}

	/** The admissions of exchanges and tunnels in flight. */
	admissions(): Iterable<Admission> {
		return this.#sessions.admissions();
	}

	/** Ends the exchanges and tunnels of one user of a tool. */
	withdraw(admission: Admission, code: FaultCode): void {
		this.#sessions.withdraw(admission, code);
	}

	/**
	 * Accepts no more clients and lets the others finish: requests within --drain-timeout, tunnels within `tunnels` milliseconds.
	 * A connection without a request may send a last one (GRACE_MS). A later call can only shorten the time of the tunnels.
	 * Resolves when the last connection has ended.
	 * @returns the number of requests and tunnels that were cut
	 */
	async drain({ tunnels = 0 }: { tunnels?: number } = {}): Promise<Cut> {
		this.#endTunnelsIn(tunnels);
		this.#drained ??= this.#drainClients();
		await this.#drained;
		return this.#context.cut;
	}

	async #drainClients(): Promise<void> {
		const { drainTimeoutMs } = this.#context.options;
		this.#context.isDraining = true;
		await this.#listeners.closeOnceEmpty();
		for (const client of this.#allClients()) client.beginGrace();
		this.#sessions.retireAll();
		const timer =
			drainTimeoutMs > 0
				? setTimeout(() => this.#cutRequests(), drainTimeoutMs)
				: undefined;
		if (this.#clients.size + this.#refused.size > 0)
			await new Promise<void>((resolve) => {
				this.#onAllGone = resolve;
			});
		clearTimeout(timer);
		this.stop();
	}

	#endTunnelsIn(milliseconds: number): void {
		const end = performance.now() + milliseconds;
		if (end >= this.#tunnelsEnd) return;
		this.#tunnelsEnd = end;
		clearTimeout(this.#tunnelTimer);
		if (milliseconds === 0) this.#endTunnels();
		else this.#tunnelTimer = setTimeout(() => this.#endTunnels(), milliseconds);
	}

	/** Ends the tunnels, and each that begins from now on. */
	#endTunnels(): void {
		this.#context.areTunnelsOver = true;
		for (const client of this.#allClients()) client.endTunnel();
	}

	#cutRequests(): void {
		for (const client of this.#allClients())
			if (client.cutRequest()) this.#context.cut.requests++;
	}

	/** Ends everything at once; drain() resolves. */
	stop(): void {
		this.#listeners.close();
		clearTimeout(this.#tunnelTimer);
		this.#endTunnels();
		this.#cutRequests();
		this.#sessions.retireAll();
		this.#context.clock.stop();
		this.#onAllGone?.();
	}

	#allClients(): ClientConnection[] {
		return [...this.#clients, ...this.#refused];
	}

	/** The client's connection owns the socket, or it is destroyed here. */
	#accept(
		socket: Socket,
		reads: ClientReads | undefined,
		isUnix: boolean,
	): void {
		const remote = isUnix ? UNIX_PEER : socket.remoteAddress;
		// Without an address it was reset before it was accepted.
		if (remote === undefined) {
			socket.destroy();
			return;
		}
		const address = remote.replace(/^::ffff:/, "");
		const peer = { address, trusted: this.#isTrusted(address) };
		const isFull = this.#clients.size >= this.#context.options.maxClients;
		// All clients of an inner proxy come from the outer one.
		const { isInner = false } = this.#context.options;
		const hasNoShare = { address, trusted: peer.trusted || isInner };
		const place = isFull ? undefined : this.#shares.enter(hasNoShare);
		if (place === undefined && this.#refused.size >= REFUSED_AT_A_TIME) {
			socket.destroy();
			return;
		}
		const client = new ClientConnection(
			{
				context: this.#context,
				sessions: this.#sessions,
				place,
				onGone: this.#onGone,
			},
			socket,
			reads,
			peer,
		);
		if (place !== undefined) {
			this.#clients.add(client);
			return;
		}
		this.#refused.add(client);
		client.refuse(
			"clientLimit",
			isFull ? "--max-clients" : "a quarter of --max-clients, from one address",
		);
	}

	readonly #onGone = (client: ClientConnection): void => {
		const wasThere =
			this.#clients.delete(client) || this.#refused.delete(client);
		if (wasThere && this.#clients.size + this.#refused.size === 0)
			this.#onAllGone?.();
	};
}

/** Whether an address is in --trust-proxy. The last answer is reused: behind a front proxy all connections have its address. */
function trustOf(list: readonly string[]): (address: string) => boolean {
	const trusted = blockListOf(list);
	const last = { address: "", trusted: false };
	return (address) => {
		if (address !== last.address) {
			last.trusted = isIn(trusted, address);
			last.address = address;
		}
		return last.trusted;
	};
}

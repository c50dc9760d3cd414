import { type LookupAddress, lookup } from "node:dns";
import { BlockList, isIP, isIPv6, SocketAddress } from "node:net";
import { networkInterfaces } from "node:os";
import {
	LOOKUP_KEPT_MS,
	LOOKUP_STALE_MS,
	LOOKUPS_AT_A_TIME,
} from "../limits.js";
import type { ListeningAt } from "../listening/listen.js";

type Done = (error: Error | null, addresses: readonly string[]) => void;

interface Waiting {
	readonly host: string;
	readonly callbacks: Done[];
}

/** RFC 6761 6.3: whatever the name servers say, or if they say nothing. */
const LOCALHOST: readonly string[] = ["127.0.0.1", "::1"];

/**
 * Turns host names into addresses by the system's resolver: equal look-ups in flight are one, answers are kept a second,
 * and used for longer while the resolver is busy with names that it gets no answer for.
 */
export class Lookup {
	private readonly kept = new Map<
		string,
		{ addresses: string[]; until: number }
	>();
	private readonly waiting = new Map<string, Waiting>();
	private readonly queue: Waiting[] = [];
	private inFlight = 0;

	/** Calls back with at least one address, in the resolver's order, or with its error. At once for an address. */
	find(host: string, done: Done): void {
		if (isIP(host) !== 0) {
			done(null, [host]);
			return;
		}
		if (host.toLowerCase() === "localhost") {
			done(null, LOCALHOST);
			return;
		}
		const now = performance.now();
		const kept = this.kept.get(host) ?? {
			addresses: [],
			until: Number.NEGATIVE_INFINITY,
		};
		if (kept.until > now) {
			done(null, kept.addresses);
			return;
		}
		const isBusy = this.inFlight === LOOKUPS_AT_A_TIME;
		const isStale = isBusy && kept.until + LOOKUP_STALE_MS > now;
		if (isStale) done(null, kept.addresses);
		this.ask(host, isStale ? [] : [done]);
	}

	private ask(host: string, callbacks: Done[]): void {
		const waiting = this.waiting.get(host);
		if (waiting !== undefined) {
			waiting.callbacks.push(...callbacks);
			return;
		}
		const asked = { host, callbacks };
		this.waiting.set(host, asked);
		this.queue.push(asked);
		this.next();
	}

	private next(): void {
		if (this.inFlight === LOOKUPS_AT_A_TIME) return;
		const asked = this.queue.shift();
		if (asked === undefined) return;
		this.inFlight++;
		lookup(asked.host, { all: true, verbatim: true }, (error, found) =>
			this.finish(asked, error, found),
		);
	}

	private finish(
		asked: Waiting,
		error: Error | null,
		found: LookupAddress[] | undefined,
	): void {
		this.inFlight--;
		this.waiting.delete(asked.host);
		const addresses = (found ?? []).map(({ address }) => address);
		if (error === null) this.keep(asked.host, addresses);
		this.next();
		for (const done of asked.callbacks) done(error, addresses);
	}

	/** Names come from the session map, so there are few; the old ones go whenever a new one comes. */
	private keep(host: string, addresses: string[]): void {
		const now = performance.now();
		for (const [name, { until }] of this.kept) {
			if (until <= now - LOOKUP_STALE_MS) this.kept.delete(name);
		}
		this.kept.set(host, { addresses, until: now + LOOKUP_KEPT_MS });
	}
}

/**
 * Of a list, its addresses, networks (CIDR) and the word "loopback"; what is none of these is left out. An IPv4 address
 * is in it however it is written, IPv4-mapped too.
 */
export function blockListOf(list: readonly string[]): BlockList {
	const addresses = new BlockList();
	for (const entry of list) {
		if (entry === "loopback") {
			addresses.addSubnet("127.0.0.0", 8, "ipv4");
			addresses.addAddress("::1", "ipv6");
			continue;
		}
		const [address = "", bits] = entry.split("/");
		if (isIP(address) === 0) continue;
		if (bits === undefined) addresses.addAddress(address, familyOf(address));
		else addresses.addSubnet(address, Number(bits), familyOf(address));
	}
	return addresses;
}

export function isIn(addresses: BlockList, address: string): boolean {
	const bare = address.replace(/%.*$/, "");
	return addresses.check(bare, familyOf(bare));
}

/**
 * Where no container is, and what may be there answers as this machine or this network: link-local addresses (cloud
 * metadata), Amazon's metadata address in IPv6, multicast, broadcast; forms of the first in IPv6 (RFC 4291 2.5.5.1, RFC 6052).
 */
const NEVER = blockListOf([
	"169.254.0.0/16",
	"fe80::/10",
	"fd00:ec2::254",
	"64:ff9b::a9fe:0/112",
	"::a9fe:0/112",
	"224.0.0.0/4",
	"ff00::/8",
	"255.255.255.255",
]);
/** Ports below this one are services of the machine; Docker publishes none of them. */
const FIRST_PORT = 1024;

/** Whether a row may lead to an address and port, whatever its host's name. */
export type MayLead = (address: string, port: number) => boolean;

/**
 * @param allowTarget an address or a network in it that covers a place allows it expressly
 * @param closedPorts ports of this machine where no container is: Galaxy's own
 */
export function placesOpenTo(
	allowTarget: "any" | readonly string[],
	closedPorts: readonly number[] = [],
): MayLead {
	const expressly = blockListOf(allowTarget === "any" ? [] : allowTarget);
	const closed = new Set(closedPorts);
	return (address, port) => {
		const isService = port < FIRST_PORT || closed.has(port);
		const isClosed =
			isIn(NEVER, address) || (isService && isThisMachine(address));
		return !isClosed || isIn(expressly, address);
	};
}

/** Whether --allow-target lets a target of this name be connected to at this address. */
export function allowanceOf(allowTarget: "any" | readonly string[]) {
	if (allowTarget === "any") return () => true;
	const names = new Set(allowTarget);
	const networks = blockListOf(allowTarget);
	return (host: string, address: string): boolean =>
		names.has(host.toLowerCase()) || isIn(networks, address);
}

function familyOf(address: string): "ipv4" | "ipv6" {
	return isIPv6(address) ? "ipv6" : "ipv4";
}

/** Whether a connection to this address and port would arrive at our own listener. */
export function isAt(own: ListeningAt, address: string, port: number): boolean {
	if (port !== own.port) return false;
	const there = plain(address);
	const here = plain(own.address);
	// Linux takes a connection to the wildcard address for one to loopback.
	if (isWildcard(here)) return isWildcard(there) || isLocal(there);
	return there === here || (isWildcard(there) && isLoopback(here));
}

/** An address in its one canonical spelling, an IPv4-mapped one as IPv4. */
function plain(address: string): string {
	const bare = address.replace(/%.*$/, "");
	const family = isIPv6(bare) ? "ipv6" : "ipv4";
	return new SocketAddress({ address: bare, family }).address.replace(
		/^::ffff:(?=\d+\.)/,
		"",
	);
}

/** Whether a connection to this address stays on this machine. */
export function isThisMachine(address: string): boolean {
	const there = plain(address);
	return isWildcard(there) || isLocal(there);
}

function isWildcard(address: string): boolean {
	return address === "0.0.0.0" || address === "::";
}

function isLoopback(address: string): boolean {
	return address === "::1" || address.startsWith("127.");
}

/** All of 127.0.0.0/8 is ours, and what the interfaces have now: addresses come and go with Docker's bridges. */
function isLocal(address: string): boolean {
	return (
		isLoopback(address) ||
		Object.values(networkInterfaces()).some((list) =>
			list?.some((entry) => plain(entry.address) === address),
		)
	);
}

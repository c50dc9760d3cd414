import { type LookupAddress, lookup } from "node:dns";
import { BlockList, isIP, isIPv4, SocketAddress } from "node:net";
import { networkInterfaces } from "node:os";
import {
	LOOKUP_KEPT_MS,
	LOOKUP_STALE_MS,
	LOOKUPS_AT_A_TIME,
	PREFERRED_MS,
	PREFERRED_NAMES,
} from "../limits.js";
import type { ListeningAt } from "../listening/listen.js";
import type { Target } from "../route.js";

/** The rules for the addresses that rows may lead to. */
export interface TargetRules {
	/** Names in lower case, addresses and networks (CIDR) that targets may have. */
	readonly allowTarget: "any" | readonly string[];
	/** Ports of this machine that no target may have: Galaxy's own, as far as they are known. */
	readonly closedPorts?: readonly number[];
}

/** The flags of a double proxy's outer end: the inner one's address. Without one of them the target's is used. */
export interface ForwardRules {
	readonly forwardIp?: string | undefined;
	readonly forwardPort?: number | undefined;
}

/** Where to connect to for a target: the target itself, unless requests are forwarded. */
export function forwardedTo(target: Target, rules: ForwardRules): Target {
	const { forwardIp, forwardPort } = rules;
	if (forwardIp === undefined && forwardPort === undefined) return target;
	return {
		host: forwardIp ?? target.host,
		port: forwardPort ?? target.port,
	};
}

/**
 * Addresses without containers, whose services belong to this machine or network: link-local addresses (cloud
 * metadata) with their forms in IPv6 (RFC 4291 2.5.5.1, RFC 6052), Amazon's metadata address in IPv6, multicast, broadcast.
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
/** Lower ports are services of the machine. Docker does not publish them unless told to. */
const FIRST_PORT = 1024;

/** Whether connections may be made to an address. */
export class TargetAddresses {
	readonly #names: ReadonlySet<string> | "any";
	/** Listed addresses are allowed even where no container is expected. */
	readonly #listed: BlockList;
	readonly #closedPorts: ReadonlySet<number>;
	readonly #own: (readonly ListeningAt[])[];

	/** @param own our own listeners; the list may grow later */
	constructor(rules: TargetRules, ...own: (readonly ListeningAt[])[]) {
		const { allowTarget, closedPorts = [] } = rules;
		this.#names = allowTarget === "any" ? "any" : new Set(allowTarget);
		this.#listed = blockListOf(allowTarget === "any" ? [] : allowTarget);
		this.#closedPorts = new Set(closedPorts);
		this.#own = own;
	}

	isAllowed(host: string, address: string, port: number): boolean {
		return this.isListed(host, address) && this.isOpen(address, port);
	}

	/** Whether --allow-target permits a target with this name at this address. */
	isListed(host: string, address: string): boolean {
		if (this.#names === "any") return true;
		return this.#names.has(host.toLowerCase()) || isIn(this.#listed, address);
	}

	/** The same for a target whose name another proxy resolves. */
	isNamed(host: string): boolean {
		if (isIP(host) !== 0) return this.isListed(host, host);
		return this.#names === "any" || this.#names.has(host.toLowerCase());
	}

	/** Whether a container may be at this address and port. */
	isOpen(address: string, port: number): boolean {
		const isService = port < FIRST_PORT || this.#closedPorts.has(port);
		const isClosed =
			isIn(NEVER, address) || (isService && isThisMachine(address));
		return !isClosed || isIn(this.#listed, address);
	}

	isOwnListener(address: string, port: number): boolean {
		return this.#own.some((list) =>
			list.some((own) => isAt(own, address, port)),
		);
	}
}

/** Whether a connection to this address and port would reach our own listener. */
export function isAt(own: ListeningAt, address: string, port: number): boolean {
	if (port !== own.port) return false;
	const there = canonical(address);
	const here = canonical(own.address);
	// Linux takes a connection to the wildcard address as one to loopback.
	if (isWildcard(here)) return isWildcard(there) || isLocal(there);
	return there === here || (isWildcard(there) && isLoopback(here));
}

/**
 * A block list of the addresses, networks (CIDR) and the word "loopback" in a list; other entries are ignored. An IPv4
 * address matches in every spelling, IPv4-mapped ones included.
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
		const family = familyOf(address);
		const isName = family === "ipv4" && !isIPv4(address);
		if (isName) continue;
		if (bits === undefined) addresses.addAddress(address, family);
		else addresses.addSubnet(address, Number(bits), family);
	}
	return addresses;
}

export function isIn(addresses: BlockList, address: string): boolean {
	const bare = address.replace(/%.*$/, "");
	return addresses.check(bare, familyOf(bare));
}

/** Without isIPv6(), whose first call takes several milliseconds of a start: Node compiles a long regular expression for it. */
function familyOf(address: string): "ipv4" | "ipv6" {
	return address.includes(":") ? "ipv6" : "ipv4";
}

/** The canonical spelling of an address; an IPv4-mapped one as IPv4. */
export function canonical(address: string): string {
	const bare = address.replace(/%.*$/, "");
	return new SocketAddress({
		address: bare,
		family: familyOf(bare),
	}).address.replace(/^::ffff:(?=\d+\.)/, "");
}

/** Whether a connection to this address stays on this machine. */
function isThisMachine(address: string): boolean {
	const there = canonical(address);
	return isWildcard(there) || isLocal(there);
}

function isWildcard(address: string): boolean {
	return address === "0.0.0.0" || address === "::";
}

function isLoopback(address: string): boolean {
	return address === "::1" || address.startsWith("127.");
}

/** Loopback, or an address that an interface has now: Docker's bridges come and go. */
function isLocal(address: string): boolean {
	return (
		isLoopback(address) ||
		Object.values(networkInterfaces()).some((list) =>
			list?.some((entry) => canonical(entry.address) === address),
		)
	);
}

/** addresses: at least one, the preferred one first, then in the resolver's order; or none and the resolver's error. */
type Done = (
	addresses: readonly string[],
	error?: NodeJS.ErrnoException,
) => void;

interface Query {
	readonly host: string;
	readonly callbacks: Done[];
}

/** RFC 6761 6.3: the addresses of "localhost", whatever the name servers answer. */
const LOCALHOST: readonly string[] = ["127.0.0.1", "::1"];

/**
 * Turns host names into addresses by the system's resolver. Equal queries in flight are one; answers are reused for a
 * second, and for longer while the resolver is stuck on names for which it gets no answer.
 */
export class Lookup {
	readonly #known = new Map<string, { addresses: string[]; until: number }>();
	/** The address of a name that connected first, with the oldest one first. */
	readonly #preferred = new Map<string, { address: string; until: number }>();
	readonly #queries = new Map<string, Query>();
	readonly #queue: Query[] = [];
	#inFlight = 0;

	/** Calls back before it returns when the host is an address or its addresses are known. */
	find(host: string, done: Done): void {
		if (isIP(host) !== 0) {
			done([host]);
			return;
		}
		if (host.toLowerCase() === "localhost") {
			done(this.#ordered(host, LOCALHOST));
			return;
		}
		const known = this.#known.get(host);
		const age = performance.now() - (known?.until ?? Number.NEGATIVE_INFINITY);
		if (known !== undefined && age < 0) {
			done(this.#ordered(host, known.addresses));
			return;
		}
		const isBusy = this.#inFlight === LOOKUPS_AT_A_TIME;
		const isStale = known !== undefined && isBusy && age < LOOKUP_STALE_MS;
		if (isStale) done(this.#ordered(host, known.addresses));
		this.#ask(host, isStale ? [] : [done]);
	}

	/** For some minutes the address is tried first. Then the resolver's order counts again, even if it still connects. */
	prefer(host: string, address: string): void {
		const now = performance.now();
		const last = this.#preferred.get(host);
		if (last?.address === address && last.until > now) return;
		this.#preferred.delete(host);
		this.#preferred.set(host, { address, until: now + PREFERRED_MS });
		const [oldest = ""] = this.#preferred.keys();
		if (this.#preferred.size > PREFERRED_NAMES) this.#preferred.delete(oldest);
	}

	/** The address did not connect. */
	forget(host: string, address: string): void {
		if (this.#preferred.get(host)?.address === address)
			this.#preferred.delete(host);
	}

	#ordered(host: string, addresses: readonly string[]): readonly string[] {
		const preferred = this.#preferred.get(host);
		if (preferred === undefined || preferred.until <= performance.now())
			return addresses;
		const { address } = preferred;
		if (!addresses.includes(address)) return addresses;
		return [address, ...addresses.filter((other) => other !== address)];
	}

	#ask(host: string, callbacks: Done[]): void {
		const pending = this.#queries.get(host);
		if (pending !== undefined) {
			pending.callbacks.push(...callbacks);
			return;
		}
		const query = { host, callbacks };
		this.#queries.set(host, query);
		this.#queue.push(query);
		this.#next();
	}

	#next(): void {
		if (this.#inFlight === LOOKUPS_AT_A_TIME) return;
		const query = this.#queue.shift();
		if (query === undefined) return;
		this.#inFlight++;
		lookup(query.host, { all: true, verbatim: true }, (error, found) =>
			this.#finish(query, error ?? undefined, found),
		);
	}

	#finish(
		{ host, callbacks }: Query,
		error: NodeJS.ErrnoException | undefined,
		found: LookupAddress[] = [],
	): void {
		this.#inFlight--;
		this.#queries.delete(host);
		const addresses = found.map(({ address }) => address);
		if (error === undefined) this.#remember(host, addresses);
		this.#next();
		const ordered = this.#ordered(host, addresses);
		for (const done of callbacks) done(ordered, error);
	}

	/** Names come from the session map, so there are few. Each new one removes the stale ones. */
	#remember(host: string, addresses: string[]): void {
		const now = performance.now();
		for (const [name, { until }] of this.#known)
			if (until <= now - LOOKUP_STALE_MS) this.#known.delete(name);
		this.#known.set(host, { addresses, until: now + LOOKUP_KEPT_MS });
	}
}

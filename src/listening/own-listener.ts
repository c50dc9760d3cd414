import { isIPv6, SocketAddress } from "node:net";
import { networkInterfaces } from "node:os";

/** An address and port that we listen on. */
export interface ListeningAt {
	readonly address: string;
	/** Null: a unix socket, which no target leads to. Its address is "unix:" and the path. */
	readonly port: number | null;
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

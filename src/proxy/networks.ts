import { BlockList, isIP, isIPv6 } from "node:net";
import { isThisMachine } from "../listening/own-listener.js";

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

import { BlockList, isIP, isIPv6 } from "node:net";

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

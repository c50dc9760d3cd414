import { isIP } from "node:net";
import type { ToolUse } from "../tool-owners.js";

/**
 * The client's addresses, each of which a limit must hold for. A front proxy sets X-Forwarded-For, to whose end the fronts
 * add, or only X-Real-IP, as the nginx block of Galaxy's documentation does; it may pass on the client's own copy of the
 * other one. Of each name the last address counts that is not a front proxy's. An IPv6 client counts as its network of 64
 * bits, which is one household's or host's.
 */
export function clientAddresses(
	{ block, peer }: ToolUse,
	isTrusted: (address: string) => boolean,
): readonly string[] {
	if (!peer.trusted) return [networkOf(peer.address)];
	const named = ["x-forwarded-for", "x-real-ip"].flatMap((name) => {
		const client = valuesOf(name, block.fields.list)
			.map((value) => value.replace(/^::ffff:/i, ""))
			.findLast((value) => !isTrustedIp(value));
		return client === undefined ? [] : `${name} ${networkOf(client)}`;
	});
	return named.length > 0 ? named : [networkOf(peer.address)];
	function isTrustedIp(address: string): boolean {
		return isIP(address) > 0 && isTrusted(address);
	}
}

function valuesOf(
	wanted: string,
	list: ToolUse["block"]["fields"]["list"],
): readonly string[] {
	return list
		.filter(({ name }) => name === wanted)
		.flatMap(({ value }) => value.split(","))
		.map((value) => value.trim())
		.filter((value) => value !== "");
}

/** Anything but an address counts as one client. */
function networkOf(address: string): string {
	switch (isIP(address)) {
		case 4:
			return address;
		case 6:
			return groupsOf(address).slice(0, 4).join(":");
		default:
			return "";
	}
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
	const [plain = ""] = address.toLowerCase().split("%");
	const [before = "", after] = plain.split("::");
	const first = before === "" ? [] : before.split(":");
	const last = after === undefined || after === "" ? [] : after.split(":");
	const zeros = Array(Math.max(0, 8 - first.length - last.length)).fill("0");
	return [...first, ...zeros, ...last].map((group) =>
		group.replace(/^0+(?=.)/, ""),
	);
}

import { isIP } from "node:net";
import type { ToolUse } from "../tool-owners.js";

/**
 * The client's address, for limits: of a front proxy's request the last one in X-Forwarded-For that is not a front proxy's,
 * since the fronts add to its end. An IPv6 client counts as its network of 64 bits, which is one household's or host's.
 */
export function clientAddress(
	{ block, peer }: ToolUse,
	isTrusted: (address: string) => boolean,
): string {
	if (!peer.trusted) return networkOf(peer.address);
	const forwarded = valuesOf("x-forwarded-for", block.fields.list);
	// The nginx block of Galaxy's documentation sends only this one.
	const named =
		forwarded.length > 0 ? forwarded : valuesOf("x-real-ip", block.fields.list);
	const addresses = named.map((name) => name.replace(/^::ffff:/i, ""));
	const client = addresses.findLast((address) => !isTrustedIp(address));
	return networkOf(client ?? peer.address);
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

/** Text that is no address counts as one client. */
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

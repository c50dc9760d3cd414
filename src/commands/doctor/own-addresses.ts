import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";

/** Whether an address is one of this host's: a connection to it passes no firewall. */
export function isOwnAddress(address: string): boolean {
	const all = Object.values(networkInterfaces()).flat();
	return all.some((each) => each?.address === address);
}

/** The state of a listening socket in /proc/net/tcp. */
const LISTENING = "0A";
/** 127.0.0.0/8, also as an IPv6 address, and ::1, as the kernel prints them on machines with little-endian numbers. */
const LOOPBACK =
	/^(?:(?:0{16}FFFF0000|0{16}0000FFFF)?[0-9A-F]{6}7F|0{24}01000000)$/;

/** Whether a program listens on this port, but only at loopback addresses. */
export async function isLoopbackPort(port: number): Promise<boolean> {
	const hex = port.toString(16).toUpperCase().padStart(4, "0");
	const tables = ["/proc/net/tcp", "/proc/net/tcp6"].map((table) =>
		readFile(table, "utf8").catch(() => ""),
	);
	const addresses = (await Promise.all(tables))
		.flatMap((text) => text.split("\n"))
		.map((line) => line.trim().split(/\s+/))
		.filter(([, , , state]) => state === LISTENING)
		.map(([, local = ""]) => local.split(":"))
		.filter(([, own]) => own === hex)
		.map(([address = ""]) => address);
	return addresses.length > 0 && addresses.every((each) => LOOPBACK.test(each));
}

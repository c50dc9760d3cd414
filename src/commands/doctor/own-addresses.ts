import { networkInterfaces } from "node:os";

/** Whether an address is one of this host's: a connection to it passes no firewall. */
export function isOwnAddress(address: string): boolean {
	const all = Object.values(networkInterfaces()).flat();
	return all.some((each) => each?.address === address);
}

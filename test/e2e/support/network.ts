import { execFile, execFileSync } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import {
	existsSync,
	mkdirSync,
	readdirSync,
	rmdirSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { networkInterfaces } from "node:os";
import { promisify } from "node:util";
import type { Place } from "./place.js";

/** Another host: a network namespace at the other end of a virtual cable. */
export interface OtherHost {
	/** Of the namespace. */
	name: string;
	/** Its address, as the proxy sees it. */
	address: string;
	/** The words that run a command there. */
	within: string[];
}

/** Why there can be no other host here, or false where there can. */
export function noNetwork(): string | false {
	return process.getuid?.() === 0 ? false : "network namespaces need root";
}

/**
 * Makes a host here and one there, without a route to anywhere else; the place takes both away. No two of them share names
 * or addresses: another run's, or what a killed run left, would be met in place of this one.
 */
export function makeOtherHost(place: Place): OtherHost {
	const id = randomBytes(4).toString("hex");
	const name = `gxe2e-${id}`;
	const cable = `gxe${id}`;
	const { here, there } = freeAddresses();
	ip("netns", "add", name);
	place.atEnd(async () => ip("netns", "del", name));
	ip(
		"link",
		"add",
		cable,
		"type",
		"veth",
		"peer",
		"name",
		"eth0",
		"netns",
		name,
	);
	// At once; what `netns del` leaves goes when the system comes to it, and Chromium minds an interface that goes.
	place.atEnd(async () => ip("link", "del", cable));
	ip("addr", "add", `${here}/30`, "dev", cable);
	ip("link", "set", cable, "up");
	ip("-n", name, "addr", "add", `${there}/30`, "dev", "eth0");
	ip("-n", name, "link", "set", "lo", "up");
	ip("-n", name, "link", "set", "eth0", "up");
	return { name, address: there, within: ["ip", "netns", "exec", name] };
}

/** Gives the host one more address. */
export function addAddress({ name }: OtherHost, address: string): void {
	ip("-n", name, "addr", "add", address, "dev", "eth0");
}

/** A hosts file for what runs within the host, to be made before that. @returns writes it anew, for all to see at once */
export function makeHostsFile(
	place: Place,
	{ name }: OtherHost,
): (text: string) => void {
	const all = "/etc/netns";
	const wasThere = existsSync(all);
	const folder = `${all}/${name}`;
	mkdirSync(folder, { recursive: true });
	place.atEnd(async () => {
		rmSync(folder, { recursive: true });
		if (!wasThere && readdirSync(all).length === 0) rmdirSync(all);
	});
	const write = (text: string) => writeFileSync(`${folder}/hosts`, text);
	write("");
	return write;
}

/** Both ends of one of the 16384 smallest networks in 10.77.0.0/16 that nobody has here. */
function freeAddresses(): { here: string; there: string } {
	const taken = Object.values(networkInterfaces())
		.flat()
		.map((each) => each?.address);
	for (;;) {
		const fourth = 4 * randomInt(64);
		const network = `10.77.${randomInt(256)}`;
		const here = `${network}.${fourth + 1}`;
		if (!taken.includes(here))
			return { here, there: `${network}.${fourth + 2}` };
	}
}

function ip(...words: string[]): void {
	execFileSync("ip", words, { stdio: ["ignore", "ignore", "inherit"] });
}

/** What monitor_traffic.sh of Galaxy's images counts inside its container, by its own line. */
export async function connectionsSeenBy(
	host: OtherHost,
	port: number,
): Promise<number> {
	const line = `netstat -t | grep -v CLOSE_WAIT | grep ':${port}' | wc -l`;
	const [command, ...words] = host.within;
	const { stdout } = await promisify(execFile)(command as string, [
		...words,
		"sh",
		"-c",
		line,
	]);
	return Number(stdout);
}

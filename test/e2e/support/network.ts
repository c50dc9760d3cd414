import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import type { Place } from "./place.js";

/** Another host: a network namespace at the other end of a virtual cable. */
export interface OtherHost {
	/** Its address, as the proxy sees it. */
	address: string;
	/** The words that run a command there. */
	within: string[];
}

/** Why there can be no other host here, or false where there can. */
export function noNetwork(): string | false {
	return process.getuid?.() === 0 ? false : "network namespaces need root";
}

/** Makes 10.77.N.1 here and 10.77.N.2 there, without a route to anywhere else; the place takes both away. */
export function makeOtherHost(place: Place, n: number): OtherHost {
	const name = `gxe2e-${process.pid}-${n}`;
	const cable = `gxe${n}-${process.pid}`;
	const address = `10.77.${n}.2`;
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
	ip("addr", "add", `10.77.${n}.1/24`, "dev", cable);
	ip("link", "set", cable, "up");
	ip("-n", name, "addr", "add", `${address}/24`, "dev", "eth0");
	ip("-n", name, "link", "set", "lo", "up");
	ip("-n", name, "link", "set", "eth0", "up");
	return { address, within: ["ip", "netns", "exec", name] };
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

import { execFile, execFileSync } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import {
	existsSync,
	mkdirSync,
	readdirSync,
	rmdirSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { networkInterfaces } from "node:os";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import type { Place } from "./place.js";

/** Another host: a network namespace at the other end of a virtual cable. */
export interface OtherHost {
	/** The namespace's. */
	name: string;
	/** Its address, as the proxy sees it. */
	address: string;
	/** This host's address at the cable. */
	here: string;
	/** Words that run the command after them there. */
	within: string[];
}

/** Why there can be no other host here, or false where there can. */
export function noNetwork(): string | false {
	return process.getuid?.() === 0 ? false : "network namespaces need root";
}

/**
 * Makes a host with a cable to this one and no other route; the place removes both. Names and addresses are random, so that
 * another run, or the remains of a killed one, are not mistaken for this one.
 */
export function makeOtherHost(place: Place): OtherHost {
	const id = randomBytes(4).toString("hex");
	const name = `gxe2e-${id}`;
	const cable = `gxe${id}`;
	const { here, there } = freeAddresses();
	ip("netns", "add", name);
	place.atEnd(async () => ip("netns", "del", name));
	const peer = `type veth peer name eth0 netns ${name}`.split(" ");
	ip("link", "add", cable, ...peer);
	// At once: `netns del` removes it later, and Chromium fails when an interface disappears.
	place.atEnd(async () => ip("link", "del", cable));
	ip("addr", "add", `${here}/30`, "dev", cable);
	ip("link", "set", cable, "up");
	ip("-n", name, "addr", "add", `${there}/30`, "dev", "eth0");
	ip("-n", name, "link", "set", "lo", "up");
	ip("-n", name, "link", "set", "eth0", "up");
	const within = ["ip", "netns", "exec", name];
	return { name, address: there, here, within };
}

/** Adds a rule to the host's firewall. */
export function addRule({ name }: OtherHost, rule: string): void {
	ip("netns", "exec", name, "iptables", "-A", ...rule.split(" "));
}

/** Removes all rules of the host's firewall. */
export function removeRules({ name }: OtherHost): void {
	ip("netns", "exec", name, "iptables", "-F");
}

/** Lets the host reach all addresses of this one. */
export function addRoute({ name, here }: OtherHost): void {
	ip("-n", name, "route", "add", "default", "via", here);
}

/** Connects two hosts by a cable of their own. @returns their addresses at it */
export function connectHosts(
	one: OtherHost,
	other: OtherHost,
): [one: string, other: string] {
	const { here, there } = freeAddresses();
	const end = (host: OtherHost) => `to${host.name.slice(-8)}`;
	const peer = `type veth peer name ${end(one)} netns ${other.name}`.split(" ");
	ip("-n", one.name, "link", "add", end(other), ...peer);
	const ends = [
		[one, end(other), here],
		[other, end(one), there],
	] as const;
	for (const [{ name }, device, address] of ends) {
		ip("-n", name, "addr", "add", `${address}/30`, "dev", device);
		ip("-n", name, "link", "set", device, "up");
	}
	return [here, there];
}

/** Pulls all cables of the host out at its end: packets get no answer. @returns plugs them in again */
export function unplug(host: OtherHost, ...others: OtherHost[]): () => void {
	const devices = ["eth0", ...others.map(({ name }) => `to${name.slice(-8)}`)];
	const set = (device: string, state: string) =>
		ip("-n", host.name, "link", "set", device, state);
	for (const device of devices) set(device, "down");
	return () => {
		set("eth0", "up");
		// It went with the device, and whoever reaches the host expects it.
		addRoute(host);
		for (const device of devices) set(device, "up");
	};
}

/** The processes on the host. */
export function processesOn({ name }: OtherHost): number[] {
	const text = execFileSync("ip", ["netns", "pids", name], {
		encoding: "utf8",
	});
	return text.split("\n").flatMap((line) => (line ? Number(line) : []));
}

/** Adds an address to the host. */
export function addAddress({ name }: OtherHost, address: string): void {
	ip("-n", name, "addr", "add", address, "dev", "eth0");
}

/** A hosts file for the programs on this host, to be made before they start. @returns replaces its text */
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

/** The last one of the 16384 smallest networks in 10.77.0.0/16 that was given to a cable. */
let network = randomInt(16_384);

/** Both ends of an unused one. */
function freeAddresses(): { here: string; there: string } {
	const taken = Object.values(networkInterfaces())
		.flat()
		.map((each) => each?.address);
	for (;;) {
		network = (network + 1) % 16_384;
		const at = (end: number) =>
			`10.77.${network >> 6}.${4 * (network % 64) + end}`;
		if (!taken.includes(at(1))) return { here: at(1), there: at(2) };
	}
}

function ip(...words: string[]): void {
	execFileSync("ip", words, { stdio: ["ignore", "ignore", "inherit"] });
}

/** Runs the line of monitor_traffic.sh in Galaxy's images, which counts connections inside the container. */
export async function connectionsSeenBy(
	host: OtherHost,
	port: number,
): Promise<number> {
	const line = `netstat -t | grep -v CLOSE_WAIT | grep ':${port}' | wc -l`;
	const [command = "", ...words] = [...host.within, "sh", "-c", line];
	return Number((await promisify(execFile)(command, words)).stdout);
}

/** /small answers, /silent never does, /echo and upgrades send everything back. */
const PROGRAM = `
const server = require("node:http").createServer((request, response) => {
	if (request.url === "/silent") return;
	if (request.url === "/echo") return void request.pipe(response);
	response.end("ok");
});
server.on("upgrade", (request, socket) => {
	socket.on("error", () => socket.destroy());
	socket.write("HTTP/1.1 101 Yes\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n");
	socket.pipe(socket);
});
server.listen(0, "0.0.0.0", () => console.log(server.address().port));`;

/** A host with one container. */
export interface EchoHost {
	readonly host: OtherHost;
	readonly port: number;
}

export async function startEchoHost(place: Place): Promise<EchoHost> {
	const host = makeOtherHost(place);
	const command = [...host.within, process.execPath, "-e", PROGRAM];
	const program = place.start("echo-host", command, { talks: true });
	const ended = once(program, "exit").then(() => {
		throw new Error(`it ended at its start${place.endOfLog("echo-host")}`);
	});
	const [port] = await Promise.race([
		once(program.stdout as Readable, "data"),
		ended,
	]);
	return { host, port: Number(port) };
}

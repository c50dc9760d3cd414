import { connect } from "node:net";
import type { Config } from "../../config/config.js";
import { UNIX } from "../../listening/listen.js";
import type { Server } from "./asking.js";
import { messageOf } from "./finding.js";

type At = Pick<Config, "ip" | "port">;

const CONNECT_MS = 3000;

/** The path of the unix socket that --ip names; null where it names an address. */
export function socketOf({ ip }: At): string | null {
	return ip.startsWith(UNIX) ? ip.slice(UNIX.length) : null;
}

/** Where a client of this machine asks the proxy itself. */
export function serverOf(config: At): Server {
	const socketPath = socketOf(config);
	if (socketPath !== null) return { origin: "http://localhost", socketPath };
	const address = addressOf(config.ip);
	const host = address.includes(":") ? `[${address}]` : address;
	return { origin: `http://${host}:${config.port}` };
}

function addressOf(ip: string): string {
	if (ip === "0.0.0.0" || ip === "localhost") return "127.0.0.1";
	return ip === "::" ? "::1" : ip;
}

/** Why the proxy takes no connection there; null where it does. */
export function refusalAt(config: At): Promise<string | null> {
	const path = socketOf(config);
	const { ip, port } = config;
	return new Promise((resolve) => {
		const socket = connect(
			path === null ? { host: addressOf(ip), port } : { path },
		);
		const settle = (refusal: string | null): void => {
			socket.destroy();
			resolve(refusal);
		};
		socket.setTimeout(CONNECT_MS, () => settle("no answer"));
		socket.once("connect", () => settle(null));
		socket.once("error", (error) => settle(messageOf(error)));
	});
}

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { Galaxy } from "./galaxy.js";
import { BASE, startJupyter } from "./jupyter.js";
import type { Visit } from "./kernel.js";
import type { Place } from "./place.js";

/** As long as Galaxy's own: an encrypted 24-digit id in hexadecimal. */
export function newSession(): string {
	return randomBytes(24).toString("hex");
}

/** A page that sets the session cookie for a path, as Galaxy does. Resolves with its port. */
export function startGalaxyPage(
	place: Place,
	session: string,
	path = "/galaxy",
): Promise<number> {
	const cookie = `galaxysession=${session}; Path=${path}; HttpOnly`;
	const server = createServer((_request, response) => {
		response.setHeader("Set-Cookie", cookie);
		response.setHeader("Content-Type", "text/html");
		response.end("<!doctype html><title>Galaxy</title><p>Galaxy");
	});
	return place.serve(server);
}

/** A Galaxy with one user, whose environment was launched. Front servers need its two ports. */
export interface Launched {
	readonly galaxy: Galaxy;
	readonly key: string;
	/** The proxy's. */
	readonly pid: number;
	readonly galaxyPort: number;
	readonly proxyPort: number;
}

/** host null: the environment has no address yet. galaxyPath: where Galaxy is. */
export async function launchAt(
	place: Place,
	address: { host: string | null; port: number },
	galaxyPath?: string,
): Promise<Launched> {
	const key = newSession();
	const galaxyPort = await startGalaxyPage(place, key, galaxyPath);
	const galaxy = await Galaxy.open(place);
	const { host, port } = address;
	const pid = await galaxy.launch({ key, host, port });
	return { galaxy, key, pid, galaxyPort, proxyPort: galaxy.proxyPort };
}

/** A Galaxy with one user, whose Jupyter was launched and is behind the proxy. */
export interface Site extends Launched {
	/** The user's visit by way of this port: the proxy's own or a front server's. */
	by(port: number): Visit;
}

/** Galaxy's documentation: Galaxy at /galaxy. */
const AT_GALAXY = { base: BASE, galaxy: "/galaxy" };

/** docker-galaxy: Galaxy at /. */
export const AT_ROOT = { base: "/gie_proxy/jupyter/ipython/", galaxy: "/" };

export async function openSite(
	place: Place,
	{ base, galaxy } = AT_GALAXY,
): Promise<Site> {
	const port = await startJupyter(place, { base });
	const launched = await launchAt(place, { host: "127.0.0.1", port }, galaxy);
	const { key: session } = launched;
	const by = (port: number) => ({
		origin: `http://localhost:${port}`,
		base,
		session,
	});
	return { ...launched, by };
}

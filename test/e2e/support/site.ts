import { randomBytes } from "node:crypto";
import { Galaxy } from "./galaxy.js";
import { startGalaxyPage } from "./galaxy-page.js";
import { BASE, startJupyter } from "./jupyter.js";
import type { Visit } from "./kernel.js";
import type { Place } from "./place.js";

/** A Galaxy server with one user, whose Jupyter was launched and is behind the proxy. */
export interface Site {
	galaxy: Galaxy;
	session: string;
	base: string;
	galaxyPort: number;
	proxyPort: number;
	/** The user's visit by way of this port: the proxy's own or a front server's. */
	by(port: number): Visit;
}

/** As long as Galaxy's own: an encrypted 24-digit id in hexadecimal. */
export function newSession(): string {
	return randomBytes(24).toString("hex");
}

export async function openSite(
	place: Place,
	form: { base: string; galaxy: string } = AT_GALAXY,
): Promise<Site> {
	const session = newSession();
	const galaxyPort = await startGalaxyPage(place, session, form.galaxy);
	const jupyterPort = await startJupyter(place, { base: form.base });
	const galaxy = await Galaxy.open(place);
	await galaxy.launch({ key: session, host: "127.0.0.1", port: jupyterPort });
	return {
		galaxy,
		session,
		base: form.base,
		galaxyPort,
		proxyPort: galaxy.proxyPort,
		by: (port) => ({
			origin: `http://localhost:${port}`,
			base: form.base,
			session,
		}),
	};
}

/** Galaxy's documentation: Galaxy at /galaxy. */
export const AT_GALAXY = { base: BASE, galaxy: "/galaxy" };

/** docker-galaxy: Galaxy at /. */
export const AT_ROOT = { base: "/gie_proxy/jupyter/ipython/", galaxy: "/" };

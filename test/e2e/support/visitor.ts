import { createServer } from "node:http";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { freePort } from "../../support/free-port.js";
import { openWindow } from "./browser.js";
import { BASE } from "./jupyter.js";
import type { Place } from "./place.js";
import { launchAt } from "./site.js";

/** A launched environment that does not listen yet. */
export interface Awaited {
	readonly session: string;
	readonly galaxyUrl: string;
	/** The environment's expected address. */
	readonly port: number;
	/** The environment's address, by way of the proxy. */
	readonly url: string;
}

/** notReady: the row has neither host nor port. */
export async function launch(place: Place, notReady = false): Promise<Awaited> {
	const port = await freePort();
	const address = notReady
		? { host: null, port: -1 }
		: { host: "127.0.0.1", port };
	const { key, galaxyPort, proxyPort } = await launchAt(place, address);
	return {
		session: key,
		galaxyUrl: `http://localhost:${galaxyPort}/galaxy/`,
		port,
		url: `http://localhost:${proxyPort}${BASE}`,
	};
}

/** A browser window that got the session's cookie from Galaxy's page. */
export async function visit(
	browser: Browser,
	{ galaxyUrl }: Awaited,
	options: BrowserContextOptions = {},
): Promise<Page> {
	const page = await openWindow(browser, options);
	await page.goto(galaxyUrl);
	return page;
}

/** A plain environment at this port. @returns ends it with its connections */
export async function startEnvironment(
	place: Place,
	port: number,
): Promise<() => Promise<void>> {
	const server = createServer((_request, response) => {
		response.setHeader("Content-Type", "text/html");
		response.end("<!doctype html><title>Environment</title><h1>Hello</h1>");
	});
	await place.serve(server, port);
	return async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	};
}

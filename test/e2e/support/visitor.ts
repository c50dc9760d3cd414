import { createServer } from "node:http";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { openContext } from "./browser.js";
import { Galaxy } from "./galaxy.js";
import { startGalaxyPage } from "./galaxy-page.js";
import { BASE } from "./jupyter.js";
import type { Place } from "./place.js";
import { newSession } from "./site.js";
import { freePort } from "./until.js";

/** A Galaxy with one user, whose environment's row is there and whose environment listens nowhere yet. */
export interface Launched {
	readonly galaxy: Galaxy;
	readonly session: string;
	readonly galaxyUrl: string;
	/** Where the environment will be expected. */
	readonly port: number;
	/** The environment's address, by way of the proxy. */
	readonly url: string;
}

/** notReady: the row is there, host and port are not. */
export async function launch(
	place: Place,
	notReady = false,
): Promise<Launched> {
	const session = newSession();
	const port = await freePort();
	const galaxyPort = await startGalaxyPage(place, session);
	const galaxy = await Galaxy.open(place);
	const row = {
		host: notReady ? null : "127.0.0.1",
		port: notReady ? -1 : port,
	};
	await galaxy.launch({ key: session, ...row });
	return {
		galaxy,
		session,
		galaxyUrl: `http://localhost:${galaxyPort}/galaxy/`,
		port,
		url: `http://localhost:${galaxy.proxyPort}${BASE}`,
	};
}

/** A browser window that has been at Galaxy's page, and so has the session's cookie. */
export async function visit(
	browser: Browser,
	{ galaxyUrl }: Launched,
	options: BrowserContextOptions = {},
): Promise<Page> {
	const page = await openWindow(browser, options);
	await page.goto(galaxyUrl);
	return page;
}

/** A browser window without any cookie. */
export async function openWindow(
	browser: Browser,
	options: BrowserContextOptions = {},
): Promise<Page> {
	const context = await openContext(browser, options);
	return await context.newPage();
}

/** A plain environment at this port. @returns its end, with all of its connections */
export async function startEnvironment(
	place: Place,
	port: number,
): Promise<() => Promise<void>> {
	const server = createServer((_request, response) => {
		response.setHeader("Content-Type", "text/html");
		response.end("<!doctype html><title>Environment</title><h1>Hello</h1>");
	});
	await new Promise<void>((resolve) =>
		server.listen(port, "127.0.0.1", resolve),
	);
	const end = async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	};
	place.atEnd(async () => {
		if (server.listening) await end();
	});
	return end;
}

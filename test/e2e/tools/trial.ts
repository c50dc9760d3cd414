import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { freePort } from "../../support/free-port.js";
import { openWindow, watchFailures } from "../support/browser.js";
import { hasEnded } from "../support/place.js";
import { until } from "../support/until.js";
import type { Form, ToolApp } from "./app.js";
import { Relay } from "./relay.js";
import { GALAXY, newTool, pathOf, type Tool, type ToolSite } from "./site.js";

/** Milliseconds for an application that was asked to end. */
const LATE_MS = 5_000;

export type TrialForm = Form | "direct";

/** What a user met who used the application in this form. */
export interface Trial {
	readonly form: TrialForm;
	/** What was done, or undefined where something failed. */
	readonly done: string | undefined;
	readonly failure: string | undefined;
	/** Answers from 400 on and failed requests. */
	readonly failures: readonly string[];
	/** Connections to the application, and chunks to it with Galaxy's session cookie. */
	readonly connections: number;
	readonly leaks: number;
}

/** An application, and the form in which it is a tool. */
export interface Choice {
	/** For its folder, log and picture. */
	readonly name: string;
	readonly app: ToolApp;
	readonly form: TrialForm;
}

/** A running application whose row the proxy knows. */
export interface Started {
	readonly tool: Tool;
	readonly url: string;
	/** The tool's public path. */
	readonly base: string;
	/** Its working folder. */
	readonly folder: string;
	readonly relay: Relay;
	stop(): Promise<void>;
}

/** Starts the application for this form, opens it in a window that has Galaxy's session cookie, and uses it. */
export async function tryApp(
	site: ToolSite,
	choice: Choice,
	patienceMs: number,
): Promise<Trial> {
	const { name, app, form } = choice;
	const { tool, url, base, folder, relay, stop } = await startTool(
		site,
		choice,
	);
	const viewport = { width: 1200, height: 800 };
	const page = await openWindow(site.browser, { viewport });
	page.setDefaultTimeout(patienceMs);
	const failures = watchFailures(page);
	let done: string | undefined;
	let failure: string | undefined;
	try {
		await page.goto(GALAXY);
		await page.goto(url, { waitUntil: "domcontentloaded" });
		done = await app.use(page, { form, folder, base });
	} catch (error) {
		failure = String(error instanceof Error ? error.message : error);
	}
	const { connections, leaks } = relay;
	await page.screenshot({ path: site.place.file(`${name}-${form}.png`) });
	await page.context().close();
	if (form !== "direct") site.remove(tool);
	await stop();
	return { form, done, failure, failures, connections, leaks };
}

/** Starts the application and a relay in front of it, which is the address in the tool's row. */
export async function startTool(
	site: ToolSite,
	choice: Choice,
): Promise<Started> {
	const { name, app, form } = choice;
	const tool = newTool();
	const isTold = form === "url" || form === "told";
	const own = isTold ? pathOf(tool) : "/";
	const folder = site.place.file(`${name}-${form}`);
	mkdirSync(folder, { recursive: true });
	const { port, stop } = await startApp(site, choice, { base: own, folder });
	const relay = await Relay.start(site.place, port);
	const isAtRoot = form === "domain" || form === "direct";
	const base = isAtRoot ? "/" : pathOf(tool);
	const entry = app.entry?.(base) ?? "";
	const started = { tool, base, folder, relay, stop };
	if (form === "direct")
		return { ...started, url: `http://127.0.0.1:${relay.port}/${entry}` };
	site.put(tool, relay.port, form, app.header);
	await until("the proxy to know the row", async () => {
		await ask(`http://localhost:${site.proxyPort}${pathOf(tool)}${entry}`);
		return relay.connections > 0;
	});
	relay.reset();
	return { ...started, url: site.urlOf(tool, form) + entry };
}

async function startApp(
	{ place }: ToolSite,
	{ name, app, form }: Choice,
	at: { base: string; folder: string },
) {
	const port = await freePort();
	const asTold = form === "direct" ? "domain" : form;
	const command = app.command({ ...at, form: asTold, port });
	const url = `http://127.0.0.1:${port}${at.base}${app.readyAt ?? ""}`;
	const program = await place.startReady(
		`${name}-${form}`,
		command,
		async () => (await ask(url)) < 500,
		at.folder,
	);
	const stop = async () => {
		if (hasEnded(program)) return;
		const ended = once(program, "exit");
		program.kill("SIGTERM");
		const late = setTimeout(() => program.kill("SIGKILL"), LATE_MS);
		await ended;
		clearTimeout(late);
	};
	return { port, stop };
}

/** The answer's status; where there is none, one of a server that is not ready. */
async function ask(url: string): Promise<number> {
	try {
		const answer = await fetch(url, { redirect: "manual" });
		await answer.body?.cancel();
		return answer.status;
	} catch {
		return 503;
	}
}

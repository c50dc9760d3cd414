import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { openWindow, watchFailures } from "../support/browser.js";
import { hasEnded } from "../support/place.js";
import { freePort, until } from "../support/until.js";
import type { Form, ToolApp } from "./app.js";
import { Relay } from "./relay.js";
import { GALAXY, newTool, pathOf, type ToolSite } from "./site.js";

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

/** Starts the application for this form, opens it in a window that has Galaxy's session cookie, and uses it. */
export async function tryApp(
	site: ToolSite,
	{ name, app, form }: { name: string; app: ToolApp; form: TrialForm },
	patienceMs: number,
): Promise<Trial> {
	const tool = newTool();
	const isTold = form === "url" || form === "told";
	const base = isTold ? pathOf(tool) : "/";
	const label = `${name}-${form}`;
	const folder = site.place.file(label);
	mkdirSync(folder, { recursive: true });
	const program = await startApp(site, label, app, { form, base, folder });
	const relay = await Relay.start(site.place, program.port);
	const publicBase =
		form === "domain" || form === "direct" ? "/" : pathOf(tool);
	const entry = app.entry?.(publicBase) ?? "";
	if (form !== "direct") {
		site.put(tool, relay.port, form, app.header);
		await until("the proxy to know the row", async () => {
			await fetch(`http://localhost:${site.proxyPort}${pathOf(tool)}${entry}`, {
				redirect: "manual",
				headers: { Host: "galaxy.test" },
			}).then(
				(answer) => answer.arrayBuffer(),
				() => undefined,
			);
			return relay.connections > 0;
		});
	}
	relay.reset();
	const page = await openWindow(site.browser, {
		viewport: { width: 1200, height: 800 },
	});
	page.setDefaultTimeout(patienceMs);
	const failures = watchFailures(page);
	let done: string | undefined;
	let failure: string | undefined;
	try {
		await page.goto(GALAXY);
		const url =
			form === "direct"
				? `http://127.0.0.1:${relay.port}/`
				: site.urlOf(tool, form);
		await page.goto(url + entry, { waitUntil: "domcontentloaded" });
		done = await app.use(page, { form, folder, base: publicBase });
	} catch (error) {
		failure = String(error instanceof Error ? error.message : error);
	}
	const { connections, leaks } = relay;
	await page.screenshot({ path: site.place.file(`${label}.png`) });
	await page.context().close();
	if (form !== "direct") site.remove(tool);
	await program.stop();
	return { form, done, failure, failures, connections, leaks };
}

async function startApp(
	{ place }: ToolSite,
	label: string,
	app: ToolApp,
	at: { form: TrialForm; base: string; folder: string },
) {
	const port = await freePort();
	const form = at.form === "direct" ? "domain" : at.form;
	const { base } = at;
	const command = app.command({ ...at, form, port });
	const url = `http://127.0.0.1:${port}${base}${app.readyAt ?? ""}`;
	const isReady = () =>
		fetch(url, { redirect: "manual" }).then(
			(answer) => answer.body?.cancel().then(() => answer.status < 500),
			() => false,
		);
	const program = await place.startReady(
		label,
		command,
		async () => (await isReady()) === true,
		at.folder,
	);
	const stop = async () => {
		if (hasEnded(program)) return;
		const ended = once(program, "exit");
		program.kill("SIGTERM");
		const late = setTimeout(() => program.kill("SIGKILL"), 5_000);
		await ended;
		clearTimeout(late);
	};
	return { port, stop };
}

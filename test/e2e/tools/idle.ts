import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { openWindow } from "../support/browser.js";
import { SERVERS, type ServerName } from "../support/front-servers.js";
import { Place } from "../support/place.js";
import { until } from "../support/until.js";
import { wrote } from "./apps/jupyterlab.js";
import { catalogue } from "./catalogue.js";
import { ToolSite } from "./site.js";
import { type Started, startTool } from "./trial.js";

/**
 * node build/test/e2e/tools/idle.js MINUTES [FRONT,FRONT]
 *
 * Opens Shiny for R and a noVNC desktop in Chromium behind each front server as `galaxy-proxy front` configures it, leaves
 * them alone for so long, and then uses them. Prints a line for each; the exit code is 1 where one was cut. The front
 * "documented" is nginx as Galaxy documents it, which cuts them after a minute.
 */
const [minutes = "60", only = SERVERS.join()] = process.argv.slice(2);
/** Milliseconds for an application to answer after the pause. */
const LATE_MS = 30_000;
const places: Place[] = [];

const FRONTS = [...SERVERS, "documented"] as const;
type IdleFront = ServerName | "documented";

interface Idle {
	readonly front: IdleFront;
	readonly name: keyof typeof USES;
	readonly page: Page;
	readonly started: Started;
}

/** What proves that the application is open, and that it still answers. */
const USES = {
	"shiny-r": {
		opened: (page: Page) => page.getByText("moved to 50").first().waitFor(),
		async used(page: Page) {
			const handle = page.locator(".irs-handle.single");
			await handle.hover();
			await page.mouse.down();
			const box = await handle.boundingBox();
			await page.mouse.move((box?.x ?? 0) + 60, box?.y ?? 0, { steps: 5 });
			await page.mouse.up();
			await page.getByText(/moved to (?!50(\D|$))\d+/).waitFor();
		},
	},
	novnc: {
		async opened(page: Page) {
			await page.locator("html.noVNC_connected").waitFor();
			await page.locator("#noVNC_container canvas").click();
		},
		async used(page: Page, folder: string) {
			assert.equal(await page.locator("html.noVNC_connected").count(), 1);
			const file = join(folder, "typed.txt");
			await page.keyboard.type(`echo alive > ${file}`);
			await page.keyboard.press("Enter");
			await until("the typed command's file", () => wrote(file, "alive\n"), {
				patience: LATE_MS,
			});
		},
	},
};

async function open(front: IdleFront): Promise<Idle[]> {
	const place = new Place(`idle-${front}`);
	places.push(place);
	const site = await ToolSite.open(place, "ours", front);
	const idles: Idle[] = [];
	for (const name of ["shiny-r", "novnc"] as const) {
		const app = catalogue[name];
		assert.ok(app);
		const started = await startTool(site, { name, app, form: "domain" });
		mkdirSync(started.folder, { recursive: true });
		const page = await openWindow(site.browser);
		await page.goto(started.url, { waitUntil: "domcontentloaded" });
		await USES[name].opened(page);
		console.log(`${new Date().toISOString()} ${front} ${name}: open`);
		idles.push({ front, name, page, started });
	}
	return idles;
}

async function use({ front, name, page, started }: Idle): Promise<void> {
	const place = places.find(({ folder }) => folder.endsWith(`idle-${front}`));
	let result = "alive";
	try {
		await USES[name].used(page, started.folder);
	} catch (error) {
		process.exitCode = 1;
		result = `CUT: ${(error as Error).message}`;
	}
	await page.screenshot({ path: place?.file(`${name}.png`) ?? "" });
	console.log(`${new Date().toISOString()} ${front} ${name}: ${result}`);
}

try {
	const idles: Idle[] = [];
	for (const front of FRONTS)
		if (only.split(",").includes(front)) idles.push(...(await open(front)));
	await pause(Number(minutes) * 60_000);
	for (const { page } of idles) page.setDefaultTimeout(LATE_MS);
	for (const idle of idles) await use(idle);
	for (const { page } of idles) await page.context().close();
	for (const { started } of idles) await started.stop();
} finally {
	for (const place of places)
		await place.close().catch(({ message }) => console.log(message));
}

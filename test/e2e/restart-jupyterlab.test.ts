import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { type TestContext, test } from "node:test";
import type { Page, WebSocket } from "playwright-core";
import { freePort } from "../support/free-port.js";
import { startGroup } from "../support/group.js";
import { writeSessionMap } from "../support/session-map.js";
import { openWindow, startBrowser } from "./support/browser.js";
import { BASE } from "./support/jupyter.js";
import { type Place, PROXY_MAIN, placeFor, SUPPORT } from "./support/place.js";
import { newSession, startGalaxyPage } from "./support/site.js";
import { isListening, linesOf, until } from "./support/until.js";
import { runCell } from "./tools/apps/jupyterlab.js";
import { catalogue, isInstalled } from "./tools/catalogue.js";

const lab = catalogue.jupyterlab;
const skip = !(lab && isInstalled(lab)) && "JupyterLab is not installed";

/** JupyterLab behind a session map, and the port of its proxy. */
interface LabSite {
	readonly place: Place;
	readonly map: string;
	readonly port: number;
	/** A window with an open console, in which a first cell was run. */
	open(): Promise<Page>;
}

async function openLabSite(t: TestContext, name: string): Promise<LabSite> {
	assert.ok(lab);
	const place = placeFor(t, name);
	const folder = place.file("notebooks");
	mkdirSync(folder);
	const [target, port] = [await freePort(), await freePort()];
	const command = lab.command({
		port: target,
		base: BASE,
		folder,
		form: "url",
	});
	const url = `http://127.0.0.1:${target}${BASE}${lab.readyAt}`;
	await place.startReady("jupyterlab", command, async () => {
		const answer = await fetch(url).catch(() => undefined);
		return answer?.ok === true;
	});
	const session = newSession();
	const map = place.file("session_map.sqlite");
	writeSessionMap(map, { [session]: { host: "127.0.0.1", port: target } });
	const galaxy = await startGalaxyPage(place, session);
	return {
		place,
		map,
		port,
		async open() {
			const browser = await startBrowser(place);
			const viewport = { width: 1200, height: 800 };
			const page = await openWindow(browser, { viewport });
			await page.goto(`http://localhost:${galaxy}/galaxy/`);
			await page.goto(`http://localhost:${port}${BASE}${lab.entry?.(BASE)}`);
			await runCell(page);
			return page;
		},
	};
}

/** Restarts, waits until the kernel is connected again without a hand on the page, and runs a second cell. */
async function survives(
	page: Page,
	picture: string,
	restart: () => Promise<void>,
): Promise<void> {
	const connected = page.waitForEvent("websocket", isKernel);
	await restart();
	await connected;
	await runSecondCell(page, picture);
}

function isKernel(socket: WebSocket): boolean {
	return socket.url().includes("/channels");
}

async function runSecondCell(page: Page, picture: string): Promise<void> {
	await page.locator(".jp-CodeConsole-promptCell .cm-content").click();
	await page.keyboard.type("sum(range(2000))");
	await page.keyboard.press("Shift+Enter");
	await page.locator(".jp-OutputArea").getByText("1999000").waitFor();
	await page.screenshot({ path: picture });
}

test("an open JupyterLab reconnects after a restart of a single process on a held socket", {
	skip,
}, async (t) => {
	const { place, map, port, open } = await openLabSite(t, "lab-held");
	const words = ["python3", `${SUPPORT}/hold-socket.py`, String(port)];
	const proxy = [process.execPath, PROXY_MAIN, "--sessions", map];
	const holder = place.start("proxy", [...words, ...proxy], { talks: true });
	const restarted = linesOf(holder);
	await until("the socket", () => isListening(port));
	const page = await open();
	await survives(page, place.file("after.png"), async () => {
		holder.stdin?.write("\n");
		assert.equal(await restarted(), "restarted after 0");
	});
	holder.stdin?.end();
});

test("an open JupyterLab keeps its kernel over a rolling restart, and reconnects once its tunnels end", {
	skip,
}, async (t) => {
	const { place, map, port, open } = await openLabSite(t, "lab-rolling");
	const args = ["--port", String(port), "--tunnel-drain", "10"];
	const group = await startGroup(t, { map, args });
	const page = await open();
	const connected = page.waitForEvent("websocket", isKernel);
	await group.roll();
	await runSecondCell(page, place.file("draining.png"));
	await connected;
	await page.keyboard.type("sum(range(3000))");
	await page.keyboard.press("Shift+Enter");
	await page.locator(".jp-OutputArea").getByText("4498500").waitFor();
	await page.screenshot({ path: place.file("after.png") });
});

test("an open JupyterLab reconnects after a restart of the supervisor", {
	skip,
}, async (t) => {
	const { place, map, port, open } = await openLabSite(t, "lab-supervisor");
	const args = ["--port", String(port)];
	const group = await startGroup(t, { map, args });
	const page = await open();
	await survives(page, place.file("after.png"), async () => {
		assert.equal(await group.daemon.stop(), 0);
		await startGroup(t, { map, args });
	});
});

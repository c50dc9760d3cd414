import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import type { Page, WebSocket } from "playwright-core";
import { openWindow } from "./support/browser.js";
import { placeFor } from "./support/place.js";
import { until } from "./support/until.js";
import type { ToolApp } from "./tools/app.js";
import { shellinabox } from "./tools/apps/shellinabox.js";
import { shinyR } from "./tools/apps/shiny-r.js";
import { isInstalled } from "./tools/catalogue.js";
import { GALAXY, newTool, pathOf, type Tool, ToolSite } from "./tools/site.js";
import { startTool } from "./tools/trial.js";

/** Milliseconds: longer than the proxy keeps idle connections, shorter than the application holds the request. */
const LEFT_MS = 15_000;

const needs = (app: ToolApp) => ({
	skip: !isInstalled(app) && "it is not installed",
});

test(
	"a removed row ends an open page's WebSocket, and the tool's address is not found",
	needs(shinyR),
	async (t) => {
		const site = await ToolSite.open(
			placeFor(t, "tool-removed"),
			"ours",
			"nginx",
		);
		for (const form of ["path", "domain"] as const) {
			const it = { name: "shiny-r", app: shinyR, form };
			const { tool, url, stop } = await startTool(site, it);
			const page = await openWindow(site.browser);
			const opened = page.waitForEvent("websocket");
			await page.goto(url);
			const socket: WebSocket = await opened;
			await page.getByText("moved to 50").waitFor();
			const closed = socket.waitForEvent("close");
			site.remove(tool);
			const removed = performance.now();
			await closed;
			const ms = Math.round(performance.now() - removed);
			t.diagnostic(`${form}: closed ${ms} ms after the writer's end`);
			const answer = await page.goto(url);
			assert.equal(answer?.status(), 404);
			await page.context().close();
			await stop();
		}
	},
);

test(
	"a browser that leaves ends the request that an application holds",
	needs(shellinabox),
	async (t) => {
		const site = await ToolSite.open(placeFor(t, "tool-left"), "ours", "nginx");
		const it = { name: "shellinabox", app: shellinabox, form: "path" as const };
		const { url, relay, stop } = await startTool(site, it);
		const page = await openWindow(site.browser);
		await page.goto(url);
		await page.getByText("bash-").first().waitFor();
		await page.context().close();
		await until("every connection to end", () => relay.open === 0, {
			patience: LEFT_MS,
		});
		await stop();
	},
);

test("a body that ends before its announced length fails the page's request at once", async (t) => {
	const place = placeFor(t, "tool-short-body");
	const site = await ToolSite.open(place, "ours");
	const short = createServer((socket) =>
		socket
			.on("error", () => {})
			.once("data", () =>
				socket.end("HTTP/1.1 200 OK\r\nContent-Length: 404\r\n\r\n"),
			),
	);
	const port = await listen(short);
	t.after(() => short.close());
	const tool: Tool = newTool();
	site.put(tool, port, "path");
	const page: Page = await openWindow(site.browser);
	await page.goto(GALAXY);
	const asked = `fetch(${JSON.stringify(pathOf(tool))}).then((answer) => answer.text())`;
	await assert.rejects(page.evaluate(asked), /Failed to fetch|network error/);
});

function listen(server: ReturnType<typeof createServer>): Promise<number> {
	return new Promise((resolve) =>
		server.listen(0, "127.0.0.1", () => {
			const address = server.address();
			resolve(typeof address === "object" && address ? address.port : 0);
		}),
	);
}

// Longer than 200 lines: each application has its start and its use in one place.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import httpProxy from "http-proxy";
import type { Page } from "playwright-core";
import { freePort } from "../support/free-port.js";
import { openWindow, startBrowser, watchFailures } from "./support/browser.js";
import { startPrinted } from "./support/front-servers.js";
import { startJupyter } from "./support/jupyter.js";
import { type Place, placeFor } from "./support/place.js";
import { launchAt } from "./support/site.js";
import { isListening } from "./support/until.js";

/**
 * Run by `npm run test:apps`, since its packages take long. It needs Debian's r-cran-shiny, and a folder, named by APPS, in
 * which `npm install node-red wetty` was run with their install scripts allowed (node-pty compiles), and in it a Python
 * environment named lab with JupyterLab. Missing applications are skipped.
 */
const APPS = process.env.APPS ?? "";

/** How an application is started below its base, and used. */
interface App {
	readonly isInstalled: boolean;
	/** It supports no base path. */
	readonly isAtRoot?: boolean;
	/** The command, or its own start, which resolves with the port. */
	start(place: Place, base: string, port: number): string[] | Promise<number>;
	/** Resolves when the page has shown a result that came by its WebSocket. */
	use(page: Page): Promise<void>;
}

const SHINY = `library(shiny)
ui <- fluidPage(textInput("name", "Name"), textOutput("greeting"))
server <- function(input, output) output$greeting <- renderText(paste0("Hello, ", toupper(input$name)))
runApp(shinyApp(ui, server), port = PORT, launch.browser = FALSE)`;

const LAB = join(APPS, "lab/bin/jupyter-lab");

const apps: Record<string, App> = {
	notebook: {
		isInstalled: existsSync("/usr/bin/jupyter-notebook"),
		start: (place, base) => startJupyter(place, { base }),
		async use(page) {
			const notebook = "notebooks/ipython_galaxy_notebook.ipynb";
			await page.goto(new URL(notebook, page.url()).href);
			await page.waitForFunction(
				"window.Jupyter?.notebook?.kernel?.is_connected()",
			);
			await page.locator(".code_cell .CodeMirror").first().click();
			await page.keyboard.press("Shift+Enter");
			await page.getByText("499500").waitFor();
			await page.evaluate("Jupyter.notebook.session.delete()");
		},
	},
	jupyterlab: {
		isInstalled: existsSync(LAB),
		start: (place, base, port) => [
			...[LAB, "--allow-root", "--no-browser", "--ip=127.0.0.1"],
			...[`--port=${port}`, "--port-retries=0"],
			...[`--notebook-dir=${place.folder}`],
			...[`--ServerApp.base_url=${base}`, "--IdentityProvider.token="],
		],
		async use(page) {
			// The server remembers open tabs.
			await page.goto(new URL("lab?reset", page.url()).href);
			const card = page.locator(".jp-LauncherCard[data-category=Console]");
			await card.first().click();
			// The prompt is replaced until the kernel has introduced itself.
			await page.getByText("Type 'copyright'").waitFor();
			const prompt = page.locator(".jp-CodeConsole-promptCell .cm-content");
			await prompt.click();
			await page.keyboard.type("sum(range(1000))");
			await page.keyboard.press("Shift+Enter");
			await page.locator(".jp-OutputArea").getByText("499500").waitFor();
		},
	},
	shiny: {
		isInstalled: existsSync("/usr/lib/R/site-library/shiny"),
		isAtRoot: true,
		start: (_place, _base, port) => [
			...["Rscript", "-e", SHINY.replace("PORT", String(port))],
		],
		async use(page) {
			await page.locator("#name").fill("galaxy");
			await page.getByText("Hello, GALAXY").waitFor();
		},
	},
	nodered: {
		isInstalled: existsSync(join(APPS, "node_modules/node-red")),
		start(place, base, port) {
			// Its settings are CommonJS, unlike the files below test/.
			writeFileSync(place.file("package.json"), "{}");
			return [
				...[process.execPath, join(APPS, "node_modules/node-red/red.js")],
				...["-u", place.folder, "-p", String(port)],
				...["-D", `httpAdminRoot=${base}`, "-D", "uiHost=127.0.0.1"],
			];
		},
		async use(page) {
			await page.locator("#red-ui-workspace-chart").waitFor();
			const nodes = page.locator("#red-ui-palette .red-ui-palette-node");
			await nodes.first().waitFor();
			// The server's messages over the editor's WebSocket reach subscribers.
			await page.evaluate(
				"new Promise((heard) => RED.comms.subscribe('hb', heard))",
			);
		},
	},
	wetty: {
		isInstalled: existsSync(join(APPS, "node_modules/wetty")),
		start: (_place, base, port) => [
			...[process.execPath, join(APPS, "node_modules/wetty/build/main.js")],
			...["--host", "127.0.0.1", "--port", String(port)],
			...["--base", base, "--command", "bash"],
		],
		async use(page) {
			await page.locator(".xterm-screen").click();
			await page.keyboard.type("echo sum=$((999 * 1000 / 2)).");
			await page.keyboard.press("Enter");
			// It draws on a canvas; this is its text.
			await page.waitForFunction(
				`Array.from({ length: wetty_term.buffer.active.length }, (_, n) =>
					wetty_term.buffer.active.getLine(n).translateToString()).join("\\n").includes("sum=499500.")`,
			);
		},
	},
};

for (const [name, app] of Object.entries(apps))
	test(
		`${name} works in Chromium through what front prints`,
		{
			skip: !app.isInstalled && "it is not installed",
		},
		(t) => works(t, name, app),
	);

async function works(t: TestContext, name: string, app: App): Promise<void> {
	const place = placeFor(t, `apps-${name}`);
	const base = `/galaxy/gie_proxy/${name}/`;
	const inner = await startApp(place, name, app);
	const recorder = await startRecorder(place, inner, app.isAtRoot ? base : "/");
	const { port, arrived } = recorder;
	const launched = await launchAt(place, { host: "127.0.0.1", port });
	const browser = await startBrowser(place);
	for (const kind of ["nginx", "apache"] as const)
		await t.test(`through ${kind}`, async () => {
			const prefix = ["--proxy-prefix", "/galaxy/gie_proxy"];
			const front = await startPrinted(kind, place, launched, ...prefix);
			const page = await openWindow(browser);
			const failures = watchFailures(page);
			const sockets: string[] = [];
			page.on("websocket", (socket) => sockets.push(socket.url()));
			await page.goto(`http://localhost:${front}/galaxy`);
			await page.goto(`http://localhost:${front}${base}`);
			await app.use(page);
			await page.screenshot({ path: place.file(`${kind}.png`) });
			await page.goto("about:blank");
			await page.context().close();
			// Node-RED asks for a catalogue elsewhere.
			const ours = failures.filter((failure) => failure.includes("localhost"));
			assert.deepEqual(ours, []);
			assert.notEqual(sockets.length, 0);
			for (const line of told(arrived.splice(0), front))
				t.diagnostic(`${name} through ${kind}: ${line}`);
		});
}

async function startApp(place: Place, name: string, app: App) {
	const port = await freePort();
	const started = app.start(place, `/galaxy/gie_proxy/${name}/`, port);
	if (!Array.isArray(started)) return started;
	await place.startReady(name, started, () => isListening(port));
	return port;
}

/** The fields that name a page's origin and the requested host: each kind of request once, with its count. */
function told(requests: readonly IncomingMessage[], front: number): string[] {
	const counts = new Map<string, number>();
	for (const { headers } of requests) {
		const kind = headers.upgrade ?? "plain";
		const { origin, host } = headers;
		const asked = headers["x-forwarded-host"];
		const line = `${kind}: Origin ${origin}, Host ${host}, X-Forwarded-Host ${asked}`;
		const common = line.replaceAll(String(front), "PORT");
		counts.set(common, (counts.get(common) ?? 0) + 1);
	}
	return [...counts].map(([line, count]) => `${line} (${count} times)`).sort();
}

/** A server in front of an application that records requests and, as in Galaxy's images, removes the base from their paths. */
async function startRecorder(
	place: Place,
	port: number,
	base: string,
): Promise<{ port: number; arrived: IncomingMessage[] }> {
	const to = { target: { host: "127.0.0.1", port } };
	const inner = httpProxy.createProxyServer({ ws: true });
	const arrived: IncomingMessage[] = [];
	const below = (request: IncomingMessage): IncomingMessage => {
		arrived.push(request);
		request.url = request.url?.replace(base, "/") ?? "/";
		return request;
	};
	const server = createServer((request, response) =>
		inner.web(below(request), response, to, () => response.destroy()),
	);
	server.on("upgrade", (request, socket, head) =>
		inner.ws(below(request), socket, head, to, () => socket.destroy()),
	);
	return { port: await place.serve(server), arrived };
}

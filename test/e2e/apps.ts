// Over the house's 200 lines: it is run by hand, and what each application needs stands beside what is asked of it.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import httpProxy from "http-proxy";
import type { Page } from "playwright-core";
import { openContext, startBrowser, watchFailures } from "./support/browser.js";
import { Galaxy } from "./support/galaxy.js";
import { startGalaxyPage } from "./support/galaxy-page.js";
import { startJupyter } from "./support/jupyter.js";
import { type Place, placeFor } from "./support/place.js";
import { startPrinted } from "./support/printed.js";
import { startReady } from "./support/ready.js";
import { newSession } from "./support/site.js";
import { freePort, isListening } from "./support/until.js";

/**
 * Not part of the usual run, which its packages would make too long: npm run test:apps. It needs Debian's r-cran-shiny, and a
 * folder, named by APPS, in which `npm install node-red wetty` was run with their install scripts allowed (node-pty compiles),
 * and in it a Python environment named lab with JupyterLab. What is not there is skipped.
 */
const APPS = process.env.APPS ?? "";

/** An environment as a user has it: how it is started below its base, and what the user does there. */
interface App {
	readonly isThere: boolean;
	/** It knows no base path. */
	readonly isAtRoot?: boolean;
	start(place: Place, base: string): Promise<number>;
	/** Resolves when the page, by its WebSocket, has done what was asked. */
	use(page: Page): Promise<void>;
}

const SHINY = `library(shiny)
ui <- fluidPage(textInput("name", "Name"), textOutput("greeting"))
server <- function(input, output) output$greeting <- renderText(paste0("Hello, ", toupper(input$name)))
runApp(shinyApp(ui, server), port = PORT, launch.browser = FALSE)`;

const LAB = join(APPS, "lab/bin/jupyter-lab");

const apps: Record<string, App> = {
	notebook: {
		isThere: existsSync("/usr/bin/jupyter-notebook"),
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
		isThere: existsSync(LAB),
		async start(place, base) {
			const port = await freePort();
			const command = [
				...[LAB, "--allow-root", "--no-browser", "--ip=127.0.0.1"],
				...[`--port=${port}`, "--port-retries=0"],
				...[`--notebook-dir=${place.folder}`],
				...[`--ServerApp.base_url=${base}`, "--IdentityProvider.token="],
			];
			await startReady(place, "jupyterlab", command, () => isListening(port));
			return port;
		},
		async use(page) {
			// The server keeps what was open when another page leaves.
			await page.goto(new URL("lab?reset", page.url()).href);
			const card = page.locator(".jp-LauncherCard[data-category=Console]");
			await card.first().click();
			// Before the kernel has said who it is, the prompt is made anew.
			await page.getByText("Type 'copyright'").waitFor();
			const prompt = page.locator(".jp-CodeConsole-promptCell .cm-content");
			await prompt.click();
			await page.keyboard.type("sum(range(1000))");
			await page.keyboard.press("Shift+Enter");
			await page.locator(".jp-OutputArea").getByText("499500").waitFor();
		},
	},
	shiny: {
		isThere: existsSync("/usr/lib/R/site-library/shiny"),
		isAtRoot: true,
		async start(place) {
			const port = await freePort();
			const code = SHINY.replace("PORT", String(port));
			await startReady(place, "shiny", ["Rscript", "-e", code], () =>
				isListening(port),
			);
			return port;
		},
		async use(page) {
			await page.locator("#name").fill("galaxy");
			await page.getByText("Hello, GALAXY").waitFor();
		},
	},
	nodered: {
		isThere: existsSync(join(APPS, "node_modules/node-red")),
		async start(place, base) {
			const port = await freePort();
			// Its settings are CommonJS, and what lies below test/ is not.
			writeFileSync(place.file("package.json"), "{}");
			const command = [
				...[process.execPath, join(APPS, "node_modules/node-red/red.js")],
				...["-u", place.folder, "-p", String(port)],
				...["-D", `httpAdminRoot=${base}`, "-D", "uiHost=127.0.0.1"],
			];
			await startReady(place, "nodered", command, () => isListening(port));
			return port;
		},
		async use(page) {
			await page.locator("#red-ui-workspace-chart").waitFor();
			await page
				.locator("#red-ui-palette .red-ui-palette-node")
				.first()
				.waitFor();
			// What the server says over the editor's WebSocket reaches its subscribers.
			await page.evaluate(
				"new Promise((heard) => RED.comms.subscribe('hb', heard))",
			);
		},
	},
	wetty: {
		isThere: existsSync(join(APPS, "node_modules/wetty")),
		async start(place, base) {
			const port = await freePort();
			const command = [
				...[process.execPath, join(APPS, "node_modules/wetty/build/main.js")],
				...["--host", "127.0.0.1", "--port", String(port)],
				...["--base", base, "--command", "bash"],
			];
			await startReady(place, "wetty", command, () => isListening(port));
			return port;
		},
		async use(page) {
			await page.locator(".xterm-screen").click();
			await page.keyboard.type("echo sum=$((999 * 1000 / 2)).");
			await page.keyboard.press("Enter");
			// It draws on a canvas; this is the text below.
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
			skip: !app.isThere && "it is not installed",
		},
		(t) => works(t, name, app),
	);

async function works(t: TestContext, name: string, app: App): Promise<void> {
	const place = placeFor(t, `apps-${name}`);
	const base = `/galaxy/gie_proxy/${name}/`;
	const key = newSession();
	const galaxyPort = await startGalaxyPage(place, key);
	const galaxy = await Galaxy.open(place);
	const { port, arrived } = await startBefore(place, {
		port: await app.start(place, base),
		base: app.isAtRoot ? base : "/",
	});
	await galaxy.launch({ key, host: "127.0.0.1", port });
	const browser = await startBrowser(place);
	for (const kind of ["nginx", "apache"] as const)
		await t.test(`through ${kind}`, async () => {
			const front = await startPrinted(
				kind,
				place,
				{ proxyPort: galaxy.proxyPort, galaxyPort },
				...["--proxy-prefix", "/galaxy/gie_proxy"],
			);
			const context = await openContext(browser);
			const page = await context.newPage();
			const failures = watchFailures(page);
			const sockets: string[] = [];
			page.on("websocket", (socket) => sockets.push(socket.url()));
			await page.goto(`http://localhost:${front}/galaxy`);
			await page.goto(`http://localhost:${front}${base}`);
			await app.use(page);
			await page.screenshot({ path: place.file(`${kind}.png`) });
			await page.goto("about:blank");
			await context.close();
			// Node-RED asks for a catalogue elsewhere.
			const ours = failures.filter((failure) => failure.includes("localhost"));
			assert.deepEqual(ours, []);
			assert.notEqual(sockets.length, 0);
			for (const line of told(arrived.splice(0), front))
				t.diagnostic(`${name} through ${kind}: ${line}`);
		});
}

/** The fields that tell what a page was, and what was asked for: each kind of request once, and how often it came. */
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

/**
 * A server before an application that keeps what arrives. It takes the base off for one that knows none, as what stands
 * in Galaxy's images does.
 */
async function startBefore(
	place: Place,
	{ base, port }: { base: string; port: number },
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
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	place.atEnd(async () => {
		server.closeAllConnections();
		server.close();
	});
	return { port: (server.address() as AddressInfo).port, arrived };
}

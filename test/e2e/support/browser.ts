import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import {
	type Browser,
	type BrowserContext,
	type BrowserContextOptions,
	chromium,
	type Page,
} from "playwright-core";
import type { Visit } from "./kernel.js";
import { type Place, ROOT } from "./place.js";
import { PATIENCE_MS } from "./until.js";

const AXE = readFileSync(
	join(ROOT, "node_modules/axe-core/axe.min.js"),
	"utf8",
);
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];

/** Debian's Chromium with these additional flags; the place closes it. */
export async function startBrowser(
	place: Place,
	...flags: readonly string[]
): Promise<Browser> {
	const browser = await chromium.launch({
		executablePath: "/usr/bin/chromium",
		args: [...FLAGS, ...flags],
		env: place.environment,
		timeout: PATIENCE_MS,
	});
	place.atEnd(() => browser.close());
	return browser;
}

/** With patience for the page's loading and waits. */
export async function openContext(
	browser: Browser,
	options: BrowserContextOptions = {},
): Promise<BrowserContext> {
	const context = await browser.newContext(options);
	context.setDefaultTimeout(PATIENCE_MS);
	return context;
}

/** A browser window without any cookie. */
export async function openWindow(
	browser: Browser,
	options: BrowserContextOptions = {},
): Promise<Page> {
	return await (await openContext(browser, options)).newPage();
}

/** Debian's python3-notebook enables this extension but lacks its file: Jupyter's own 404, with and without a proxy. */
const NOT_PACKAGED = "/nbextensions/widgets/notebook/js/extension.js";

/** The environment as shown to the user. */
export interface Shown {
	/** The first cell's output. */
	output: string;
	/** Answers from 400 on, and failed requests other than aborted ones. */
	failures: string[];
}

/**
 * Galaxy's page, whose address is `galaxy`, sets the cookie, the notebook opens, and its first cell is run by keyboard. The
 * picture of the notebook with its output goes to `screenshot`.
 */
export async function runNotebook(
	browser: Browser,
	galaxy: string,
	visit: Visit,
	screenshot: string,
): Promise<Shown> {
	const viewport = { width: 1200, height: 700 };
	const page = await openWindow(browser, { viewport });
	const failures = watchFailures(page);
	await page.goto(galaxy);
	await page.goto(
		`${visit.origin}${visit.base}notebooks/ipython_galaxy_notebook.ipynb`,
	);
	await page.waitForFunction(
		"window.Jupyter?.notebook?.kernel?.is_connected()",
	);
	await page.locator(".code_cell .CodeMirror").first().click();
	await page.keyboard.press("Shift+Enter");
	const printed = page.locator(".code_cell .output_text pre").first();
	await printed.waitFor();
	const output = (await printed.textContent()) ?? "";
	await page.locator("#kernel_indicator_icon.kernel_idle_icon").waitFor();
	await page.screenshot({ path: screenshot });
	await page.evaluate("Jupyter.notebook.session.delete()");
	await page.context().close();
	return { output, failures };
}

/**
 * The same with a Jupyter terminal, in which the shell computes a sum. Debian's python3-notebook lacks the terminal's own
 * script, so the page's WebSocket is opened at the address that the page names, in terminado's protocol.
 */
export async function runTerminal(
	browser: Browser,
	galaxy: string,
	visit: Visit,
): Promise<Shown> {
	const page = await openWindow(browser);
	const failures = watchFailures(page);
	await page.goto(galaxy);
	await page.goto(`${visit.origin}${visit.base}terminals/new`);
	const output = await page.evaluate<string>(`new Promise((resolve, reject) => {
		const { baseUrl, wsPath } = document.body.dataset;
		const socket = new WebSocket(location.origin.replace("http", "ws") + baseUrl + wsPath);
		let printed = "";
		let sum = null;
		socket.onopen = () => socket.send(JSON.stringify(["stdin", "echo sum=$((999 * 1000 / 2)).\\r"]));
		socket.onclose = ({ code }) =>
			sum ? resolve(sum[1]) : reject(new Error("the terminal was closed with " + code + ": " + printed));
		socket.onmessage = ({ data }) => {
			const [kind, text] = JSON.parse(data);
			if (kind === "stdout") printed += text;
			sum = /sum=(\\d+)\\./.exec(printed);
			// Apache does not end while a WebSocket is open.
			if (sum) socket.close();
		};
	})`);
	await page.context().close();
	return { output, failures };
}

/** The page's accessibility violations, by axe's default rules or by these. */
export async function violationsOf(
	page: Page,
	rules: readonly string[] = [],
): Promise<unknown[]> {
	const options = rules.length > 0 ? { runOnly: rules } : {};
	await page.evaluate(AXE);
	const { violations } = await page.evaluate<AxeResults>(
		`axe.run(${JSON.stringify(options)})`,
	);
	return violations.map(({ id, nodes }) => [id, nodes[0]?.html]);
}

/** Failed requests of the page from now on, as in Shown. */
export function watchFailures(page: Page): string[] {
	const failures: string[] = [];
	page.on("response", (response) => {
		if (response.status() >= 400 && !response.url().includes(NOT_PACKAGED))
			failures.push(`${response.status()} ${response.url()}`);
	});
	page.on("requestfailed", (request) => {
		const reason = request.failure()?.errorText ?? "failed";
		if (reason !== "net::ERR_ABORTED")
			failures.push(`${reason} ${request.url()}`);
	});
	return failures;
}

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Browser, Page } from "playwright-core";
import { openContext, startBrowser } from "../../e2e/support/browser.js";
import { placeFor } from "../../e2e/support/place.js";
import { until } from "../../e2e/support/until.js";
import { repository } from "../../support/folders.js";
import { ACTIVE_MS, api, ENDED_MS, PASSWORD, tryApi } from "./api.js";
import { currentLab, type Person } from "./lab.js";
import type { EntryPoint } from "./tool.js";
import { publicUrl } from "./visit.js";

const PICTURES =
	process.env.GALAXY_SCREENSHOTS ?? join(repository, "build/screenshots");

/** Galaxy's pages name fonts and scripts of other sites. */
const ONLY_HERE =
	"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost";

/** Saves what the window shows, for people to look at. */
export async function picture(page: Page, name: string): Promise<void> {
	await page.screenshot({ path: join(PICTURES, `galaxy-${name}.png`) });
}

/** Chromium for this use of it; if that fails, pictures of all its windows are saved. */
export async function inChromium(
	t: TestContext,
	name: string,
	use: (browser: Browser) => Promise<void>,
): Promise<void> {
	mkdirSync(PICTURES, { recursive: true });
	const place = placeFor(t, `galaxy-${name}`);
	const browser = await startBrowser(place, ONLY_HERE);
	try {
		await use(browser);
	} catch (error) {
		const pages = browser.contexts().flatMap((context) => context.pages());
		for (const [index, page] of pages.entries())
			await picture(page, `${name}-failed-${index}`);
		throw error;
	}
}

/** A window of a user who logs in by Galaxy's form. */
export async function logIn(
	browser: Browser,
	{ email }: Person,
): Promise<Page> {
	const viewport = { width: 1300, height: 760 };
	const context = await openContext(browser, { viewport, locale: "en-GB" });
	const page = await context.newPage();
	await page.goto(galaxy("/login/start"));
	await page.fill("input[name=login]", email);
	await page.fill("input[name=password]", PASSWORD);
	const answered = page.waitForResponse(/\/user\/login/);
	await page.click("button[name=login]");
	assert.equal((await answered).status(), 200);
	// The client leaves its form by an address, which would interrupt the test's next one.
	await page.waitForURL((url) => !url.pathname.startsWith("/login"));
	await page.locator("#center").waitFor();
	return page;
}

/** Starts tools by their forms, then shows Galaxy's list of tools until they are there. The tools end with the test. */
export async function startTools(
	t: TestContext,
	page: Page,
	{ apiKey }: Person,
	tools: Readonly<Record<string, string>>,
): Promise<void> {
	const running = () =>
		api<EntryPoint[]>(currentLab(), apiKey, "GET entry_points?running=true");
	const areOver = async () => (await running()).length === 0;
	await until("other tests' tools to end", areOver, { patience: ENDED_MS });
	t.after(async () => {
		for (const { id } of await running())
			await tryApi(currentLab(), apiKey, `DELETE entry_points/${id}`);
	});
	for (const id of Object.keys(tools)) {
		await page.goto(galaxy(`/?tool_id=${id}`));
		const started = page.waitForResponse(
			(response) =>
				response.request().method() === "POST" &&
				/\/api\/(tools|jobs)$/.test(response.url()),
		);
		await page.click("#execute");
		assert.equal((await started).status(), 200);
	}
	const names = Object.values(tools);
	// The list looks for more only while it shows an entry point that is not active yet.
	const areThere = async () => {
		const existing = (await running()).map(({ name }) => name);
		return names.every((name) => existing.includes(name));
	};
	await until("the tools' entry points", areThere, { patience: ACTIVE_MS });
	await page.goto(galaxy("/interactivetool_entry_points/list"));
	for (const name of names) {
		const link = page.locator(`#external-link-${await keyOf(page, name)}`);
		await link.waitFor({ timeout: ACTIVE_MS });
	}
}

/** The entry point's key, from Galaxy's list of tools. */
export async function keyOf(list: Page, name: string): Promise<string> {
	const button = list.locator(`button[name="${name}"]`);
	return ((await button.getAttribute("id")) ?? "").replace("link-", "");
}

/** Clicks the link of the list, which opens a tab of its own. */
export async function open(list: Page, name: string): Promise<Page> {
	const link = list.locator(`#external-link-${await keyOf(list, name)}`);
	const opened = list.context().waitForEvent("page");
	await link.click();
	return await opened;
}

export async function titled(page: Page, title: string): Promise<void> {
	await page.getByRole("heading", { level: 1, name: title }).waitFor();
}

/** The tool's page says something to its program by WebSocket and gets it back. */
export async function use(page: Page, { email }: Person): Promise<void> {
	await titled(page, `Tool of ${email}`);
	await page.getByText("connected", { exact: true }).waitFor();
	await page.fill("input[name=text]", "hello through the proxy");
	await page.getByRole("button", { name: "Send" }).click();
	await page.locator("li", { hasText: "hello through the proxy" }).waitFor();
}

function galaxy(path: string): string {
	return `${publicUrl(currentLab())}${path}`;
}

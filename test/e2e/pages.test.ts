import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { openWindow, startBrowser, violationsOf } from "./support/browser.js";
import { type Place, placeFor } from "./support/place.js";
import {
	type Awaited,
	launch,
	startEnvironment,
	visit,
} from "./support/visitor.js";

const RULES = "wcag2a wcag2aa wcag21a wcag21aa wcag22aa best-practice".split(
	" ",
);

const DESKTOP = { width: 1100, height: 720 };
const PHONE = { width: 390, height: 760 };
const WINDOWS = {
	light: { viewport: DESKTOP, colorScheme: "light", locale: "en-GB" },
	dark: { viewport: DESKTOP, colorScheme: "dark", locale: "de-DE" },
	phone: { viewport: PHONE, colorScheme: "light", locale: "de-DE" },
	"phone-dark": { viewport: PHONE, colorScheme: "dark", locale: "en-GB" },
	still: { viewport: DESKTOP, reducedMotion: "reduce", locale: "en-GB" },
} as const;

const TITLES = {
	starting: /^Your environment is starting|^Ihre Umgebung wird gestartet/,
	"not-reachable": /^Your environment cannot be|^Ihre Umgebung ist nicht err/,
	"no-session": /^No environment belongs|^Zu dieser Sitzung gehört keine/,
};

type PageName = keyof typeof TITLES;

/** Brings about the state that each page is for. */
const STATES: Record<PageName, (place: Place) => Promise<Awaited>> = {
	starting: (place) => launch(place, true),
	"not-reachable": async (place) => {
		const launched = await launch(place);
		const end = await startEnvironment(place, launched.port);
		const cookie = `galaxysession=${launched.session}`;
		await (await fetch(launched.url, { headers: { cookie } })).text();
		await end();
		return launched;
	},
	"no-session": (place) => launch(place),
};

for (const name of Object.keys(TITLES) as PageName[])
	test(`the page ${name} is accessible in every kind of window`, async (t) => {
		const place = placeFor(t, `page-${name}`);
		const browser = await startBrowser(place);
		const launched = await STATES[name](place);
		for (const [window, options] of Object.entries(WINDOWS)) {
			const page =
				name === "no-session"
					? await openWindow(browser, options)
					: await visit(browser, launched, options);
			const refused = watchPolicy(page);
			await page.goto(launched.url);
			await page.screenshot({ path: place.file(`${name}-${window}.png`) });
			await t.test(window, () => judge(page, name));
			await page.screenshot({
				path: place.file(`${name}-${window}-focus.png`),
			});
			assert.deepEqual(refused, []);
			await page.context().close();
		}
	});

async function judge(page: Page, name: PageName): Promise<void> {
	await untilTitled(page, TITLES[name]);
	assert.deepEqual(await violationsOf(page, RULES), []);
	const overflow = "document.documentElement.scrollWidth > innerWidth";
	assert.equal(await page.evaluate(overflow), false, "wider than its window");
	const still = "matchMedia('(prefers-reduced-motion: reduce)').matches";
	const moving = await page.evaluate<number>("document.getAnimations().length");
	const mayMove = name === "starting" && !(await page.evaluate(still));
	assert.equal(moving, mayMove ? 1 : 0);
	await page.keyboard.press("Tab");
	const outline =
		"getComputedStyle(document.activeElement).outline.replace(/^.*\\) /, '')";
	assert.equal(await page.evaluate(outline), "solid 3px");
	assert.equal(await page.evaluate("document.activeElement.tagName"), "A");
}

/** On a busy machine the first page may be that the map has not been read, which continues on its own. */
async function untilTitled(page: Page, wanted: RegExp): Promise<void> {
	const until = performance.now() + 20_000;
	let title = "";
	while (!wanted.test(title) && performance.now() < until) {
		await page.waitForLoadState();
		title = await page.title().catch(() => "");
	}
	assert.match(title, wanted);
}

/** Violations of the page's own policy. */
function watchPolicy(page: Page): string[] {
	const refused: string[] = [];
	page.on("console", (message) => {
		if (/Content Security Policy/.test(message.text()))
			refused.push(message.text());
	});
	page.on("pageerror", (error) => refused.push(error.message));
	return refused;
}

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { startBrowser } from "./support/browser.js";
import { type Place, placeFor, ROOT } from "./support/place.js";
import {
	type Awaited,
	launch,
	openWindow,
	startEnvironment,
	visit,
} from "./support/visitor.js";

const AXE = readFileSync(
	join(ROOT, "node_modules/axe-core/axe.min.js"),
	"utf8",
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

/** Brings a window to the page. */
const WAYS: Record<
	keyof typeof TITLES,
	(place: Place) => Promise<{ launched: Awaited; anonymous: boolean }>
> = {
	starting: async (place) => ({
		launched: await launch(place, true),
		anonymous: false,
	}),
	"not-reachable": async (place) => {
		const launched = await launch(place);
		const end = await startEnvironment(place, launched.port);
		const cookie = `galaxysession=${launched.session}`;
		await (await fetch(launched.url, { headers: { cookie } })).text();
		await end();
		return { launched, anonymous: false };
	},
	"no-session": async (place) => ({
		launched: await launch(place),
		anonymous: true,
	}),
};

for (const [name, way] of Object.entries(WAYS))
	test(`the page ${name} can be read by everybody`, async (t) => {
		const place = placeFor(t, `page-${name}`);
		const browser = await startBrowser(place);
		const { launched, anonymous } = await way(place);
		for (const [window, options] of Object.entries(WINDOWS)) {
			const page = anonymous
				? await openWindow(browser, options)
				: await visit(browser, launched, options);
			const refused = watchPolicy(page);
			await page.goto(launched.url);
			await page.screenshot({ path: place.file(`${name}-${window}.png`) });
			await t.test(window, (step) => judge(step, page, name));
			await page.screenshot({
				path: place.file(`${name}-${window}-focus.png`),
			});
			assert.deepEqual(refused, []);
			await page.context().close();
		}
	});

async function judge(_t: TestContext, page: Page, name: string): Promise<void> {
	await untilTitled(page, TITLES[name as keyof typeof TITLES]);
	await page.evaluate(AXE);
	const { violations } = await page.evaluate<AxeResults>(
		"axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
	);
	const said = violations.map(({ id, nodes }) => [id, nodes[0]?.html]);
	assert.deepEqual(said, []);
	const overflow = "document.documentElement.scrollWidth > innerWidth";
	assert.equal(await page.evaluate(overflow), false, "wider than its window");
	const still = "matchMedia('(prefers-reduced-motion: reduce)').matches";
	const moving = await page.evaluate<number>("document.getAnimations().length");
	const mayMove = name === "starting" && !(await page.evaluate(still));
	assert.equal(moving, mayMove ? 1 : 0);
	await page.keyboard.press("Tab");
	assert.equal(
		await page.evaluate(
			"getComputedStyle(document.activeElement).outline.replace(/^.*\\) /, '')",
		),
		"solid 3px",
	);
	assert.equal(await page.evaluate("document.activeElement.tagName"), "A");
}

/** On a busy machine the first answer may be that the map was not read yet, a page that goes on by itself. */
async function untilTitled(page: Page, wanted: RegExp): Promise<void> {
	const until = performance.now() + 20_000;
	let title = "";
	while (!wanted.test(title) && performance.now() < until) {
		await page.waitForLoadState();
		title = await page.title().catch(() => "");
	}
	assert.match(title, wanted);
}

/** What the page's own policy kept from it: nothing may. */
function watchPolicy(page: Page): string[] {
	const refused: string[] = [];
	page.on("console", (message) => {
		if (/Content Security Policy/.test(message.text()))
			refused.push(message.text());
	});
	page.on("pageerror", (error) => refused.push(error.message));
	return refused;
}

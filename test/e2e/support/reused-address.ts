import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { Page } from "playwright-core";
import { WebSocket } from "ws";
import { FAULTS } from "../../../src/faults.js";
import { openWindow, startBrowser } from "./browser.js";
import type { Galaxy } from "./galaxy.js";
import { BASE } from "./jupyter.js";
import type { Place } from "./place.js";
import { startGalaxyPage } from "./site.js";
import { until } from "./until.js";

const AN_HOUR_MS = 3_600_000;
/** Longer than a waiting page ever waits between two looks. */
const NEXT_LOOK_MS = 20_000;

/** The answer to a session's cookie. */
interface Met {
	status: number;
	text: string;
}

/** The answer to a session whose environment's address now belongs to another. */
export const ENDED: Met = {
	status: FAULTS.ended.status,
	text: FAULTS.ended.text,
};

/** The answer to a script of this session, for a path below BASE. */
export async function overHttp(
	{ proxyPort }: Galaxy,
	session: string,
	path: string,
): Promise<Met> {
	const answer = await fetch(`http://127.0.0.1:${proxyPort}${BASE}${path}`, {
		headers: { Cookie: `galaxysession=${session}` },
	});
	return { status: answer.status, text: await answer.text() };
}

/** The first message of a WebSocket, or the answer that refused it. */
export async function overWebSocket(
	{ proxyPort }: Galaxy,
	session: string,
	path: string,
): Promise<Met> {
	const url = `ws://127.0.0.1:${proxyPort}${BASE}${path}`;
	const socket = new WebSocket(url, {
		headers: { Cookie: `galaxysession=${session}` },
	});
	const refused = once(socket, "unexpected-response").then(async (words) => {
		const answer: IncomingMessage = words[1];
		return { status: answer.statusCode ?? 0, text: await text(answer) };
	});
	const greeted = once(socket, "message").then(async ([message]) => {
		const closed = once(socket, "close");
		socket.close();
		await closed;
		return { status: 101, text: String(message) };
	});
	return await Promise.race([refused, greeted]);
}

/** The user's environment answers in both ways. */
export async function assertServes(
	galaxy: Galaxy,
	session: string,
	user: string,
	path: string,
): Promise<void> {
	const { status, text } = await overHttp(galaxy, session, path);
	assert.equal(status, 200);
	assert.match(text, new RegExp(`<h1>Notebook of ${user}</h1>`));
	assert.deepEqual(await overWebSocket(galaxy, session, `${path}-socket`), {
		status: 101,
		text: user,
	});
}

/** A user's tab with a clock that the test moves, so that the page's timers need no waiting. */
export class Tab {
	readonly #galaxy: Galaxy;

	private constructor(
		galaxy: Galaxy,
		readonly page: Page,
	) {
		this.#galaxy = galaxy;
	}

	static async open(
		place: Place,
		galaxy: Galaxy,
		session: string,
	): Promise<Tab> {
		const browser = await startBrowser(place);
		const viewport = { width: 1000, height: 640 };
		const page = await openWindow(browser, { viewport });
		await page.clock.install({ time: 0 });
		// Later than a busy machine needs to get here.
		await page.clock.pauseAt(60_000);
		const galaxyPort = await startGalaxyPage(place, session);
		await page.goto(`http://localhost:${galaxyPort}/galaxy/`);
		await page.goto(`http://localhost:${galaxy.proxyPort}${BASE}tab`);
		return new Tab(galaxy, page);
	}

	async shows(heading: string): Promise<void> {
		await this.page.getByRole("heading", { level: 1, name: heading }).waitFor();
	}

	/** Moves the clock past the page's next look. */
	async looks(): Promise<void> {
		await this.page.clock.runFor(NEXT_LOOK_MS);
	}

	/** Requests of this tab in the proxy's log, which is complete once it has the page's own request for `mark`. */
	async #requests(mark: string): Promise<number> {
		await this.page.evaluate(`fetch("${mark}").then((each) => each.text())`);
		const lines = () => this.#galaxy.log.split("\n");
		const has = (path: string) => (line: string) =>
			line.includes(`"path":"${BASE}${path}"`);
		await until("the log of the tab's own request", () =>
			lines().some(has(mark)),
		);
		return lines().filter(has("tab")).length;
	}

	/** The tab sends no request, whatever event it gets. */
	async assertAsksNothing(): Promise<void> {
		const before = await this.#requests("before");
		assert.ok(before > 0);
		await this.page.clock.runFor(AN_HOUR_MS);
		for (const event of [
			'document.dispatchEvent(new Event("visibilitychange"))',
			'dispatchEvent(new Event("online"))',
			'dispatchEvent(new Event("focus"))',
		])
			await this.page.evaluate(event);
		await this.page.clock.runFor(AN_HOUR_MS);
		assert.equal(await this.#requests("after"), before);
		assert.ok(!(await this.page.content()).includes("http-equiv"));
	}
}

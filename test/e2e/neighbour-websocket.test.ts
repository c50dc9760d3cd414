import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Daemon, startDaemon } from "../support/daemon.js";
import { openContext, startBrowser } from "./support/browser.js";
import {
	type Behind,
	startApache,
	startNginx,
	startPrinted,
} from "./support/fronts.js";
import {
	echoFrom,
	GALAXY_HOST,
	NAMES_ARE_HERE,
	type PageContainer,
	PREFIX,
	startPageContainer,
	TOOL_HOST,
} from "./support/neighbours.js";
import { type Place, placeFor } from "./support/place.js";
import { newSession, startGalaxyPage } from "./support/site.js";

/** The one kind of path that Galaxy's own documentation lets become a WebSocket. */
const CHANNELS = `${PREFIX}/jupyter/ipython/api/kernels/1/channels`;
const REFUSED = /Unexpected response code: 403$/;

interface Scene {
	readonly daemon: Daemon;
	readonly container: PageContainer;
	/** What becomes of a WebSocket into Alice's environment that her own page opens, and then one of Mallory's tool. */
	echoes(front: number): Promise<{ own: string; foreign: string }>;
	readonly behind: Behind;
}

async function openScene(t: TestContext, place: Place): Promise<Scene> {
	const key = newSession();
	const container = await startPageContainer(place, "Alice");
	const tool = await startPageContainer(place, "Mallory");
	const daemon = await startDaemon(t, {
		sessions: { [key]: { host: "127.0.0.1", port: container.port } },
		args: ["--proxy-prefix", PREFIX, "--verbose"],
	});
	const browser = await startBrowser(place, NAMES_ARE_HERE);
	return {
		daemon,
		container,
		behind: {
			proxyPort: daemon.port,
			galaxyPort: await startGalaxyPage(place, key),
		},
		async echoes(front) {
			const galaxy = `${GALAXY_HOST}:${front}`;
			const environment = `ws://${galaxy}${CHANNELS}`;
			const context = await openContext(browser);
			const page = await context.newPage();
			await page.goto(`http://${galaxy}/galaxy`);
			await page.goto(`http://${galaxy}${PREFIX}/`);
			const own = await echoFrom(page, environment);
			await page.goto(`http://${TOOL_HOST}:${tool.port}/`);
			const foreign = await echoFrom(page, environment);
			await context.close();
			return { own, foreign };
		},
	};
}

for (const kind of ["nginx", "apache"] as const)
	test(`through what front ${kind} prints, only the environment's own page opens its WebSocket`, async (t) => {
		const place = placeFor(t, `neighbour-websocket-${kind}`);
		const { daemon, container, echoes, behind } = await openScene(t, place);
		const words = ["--proxy-prefix", PREFIX];
		const front = await startPrinted(kind, place, behind, ...words);
		const { own, foreign } = await echoes(front);
		assert.equal(own, "echo");
		assert.match(foreign, REFUSED);
		await daemon.logged(({ cause }) => cause === "foreign origin");
		assert.equal(container.upgrades.length, 1);
		assert.equal(daemon.lines.filter(isUnjudged).length, 0);
	});

test("through Galaxy's documented nginx, which hides the name, both pages open it, and the log says so once", async (t) => {
	const place = placeFor(t, "neighbour-websocket-old-nginx");
	const { daemon, container, echoes, behind } = await openScene(t, place);
	const front = await startNginx(place, behind);
	assert.deepEqual(await echoes(front), { own: "echo", foreign: "echo" });
	assert.equal(container.upgrades.length, 2);
	assert.equal(container.upgrades[0]?.host, `localhost:${daemon.port}`);
	await daemon.logged(isUnjudged);
	assert.equal(daemon.lines.filter(isUnjudged).length, 1);
});

test("through Galaxy's documented Apache, which tells the name by itself, only its own page opens it", async (t) => {
	const place = placeFor(t, "neighbour-websocket-old-apache");
	const { daemon, container, echoes, behind } = await openScene(t, place);
	const front = await startApache(place, behind);
	const { own, foreign } = await echoes(front);
	assert.equal(own, "echo");
	assert.match(foreign, REFUSED);
	assert.equal(container.upgrades.length, 1);
	assert.equal(daemon.lines.filter(isUnjudged).length, 0);
});

function isUnjudged({ msg }: { msg?: string }): boolean {
	return msg?.includes("until it sends X-Forwarded-Host") === true;
}

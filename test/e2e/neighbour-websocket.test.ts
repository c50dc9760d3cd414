import assert from "node:assert/strict";
import { test } from "node:test";
import { startDaemon } from "../support/daemon.js";
import { openWindow, startBrowser } from "./support/browser.js";
import { startPrinted } from "./support/front-servers.js";
import { type Behind, startApache, startNginx } from "./support/fronts.js";
import {
	echoFrom,
	GALAXY_HOST,
	NAMES_ARE_HERE,
	PREFIX,
	startPageContainer,
	TOOL_HOST,
} from "./support/neighbours.js";
import { type Place, placeFor } from "./support/place.js";
import { newSession, startGalaxyPage } from "./support/site.js";

/** The only paths that Galaxy's documentation lets become a WebSocket. */
const CHANNELS = `${PREFIX}/jupyter/ipython/api/kernels/1/channels`;
const REFUSED = /Unexpected response code: 403$/;

/** A front proxy, whether it hides the host's name from the proxy, and how it is started. */
const FRONTS: [
	name: string,
	hides: boolean,
	start: (place: Place, behind: Behind) => Promise<number>,
][] = [
	["what front nginx prints", false, printed("nginx")],
	["what front apache prints", false, printed("apache")],
	["Galaxy's documented nginx, which hides the host's name", true, startNginx],
	["Galaxy's documented Apache, which sends it", false, startApache],
];

function printed(kind: "nginx" | "apache") {
	return (place: Place, behind: Behind) =>
		startPrinted(kind, place, behind, "--proxy-prefix", PREFIX);
}

for (const [name, hides, startFront] of FRONTS)
	test(`${hides ? "every page opens" : "only its own page opens"} an environment's WebSocket through ${name}`, async (t) => {
		const place = placeFor(
			t,
			`neighbour-websocket-${name.replaceAll(/\W+/g, "-")}`,
		);
		const key = newSession();
		const container = await startPageContainer(place, "Alice");
		const tool = await startPageContainer(place, "Mallory");
		const daemon = await startDaemon(t, {
			sessions: { [key]: { host: "127.0.0.1", port: container.port } },
			args: ["--proxy-prefix", PREFIX, "--verbose"],
		});
		const galaxyPort = await startGalaxyPage(place, key);
		const behind = { proxyPort: daemon.port, galaxyPort };
		const front = await startFront(place, behind);
		const browser = await startBrowser(place, NAMES_ARE_HERE);
		const page = await openWindow(browser);

		const galaxy = `${GALAXY_HOST}:${front}`;
		const environment = `ws://${galaxy}${CHANNELS}`;
		await page.goto(`http://${galaxy}/galaxy`);
		await page.goto(`http://${galaxy}${PREFIX}/`);
		assert.equal(await echoFrom(page, environment), "echo");
		await page.goto(`http://${TOOL_HOST}:${tool.port}/`);
		const foreign = await echoFrom(page, environment);
		await page.context().close();

		const warnings = () => daemon.lines.filter(isWarning).length;
		if (hides) {
			assert.equal(foreign, "echo");
			assert.equal(container.upgrades[0]?.host, `localhost:${daemon.port}`);
			await daemon.logged(isWarning);
			assert.equal(warnings(), 1);
		} else {
			assert.match(foreign, REFUSED);
			await daemon.logged(({ cause }) => cause === "foreign origin");
			assert.equal(warnings(), 0);
		}
		assert.equal(container.upgrades.length, hides ? 2 : 1);
	});

function isWarning({ msg }: { msg?: string }): boolean {
	return msg?.includes("until it sends X-Forwarded-Host") === true;
}

import { copyFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { writeSessionMap } from "../support/session-map.js";
import { startLoad, startLoadContainer } from "../support/steady-load.js";
import { startPrinted } from "./support/front-servers.js";
import { placeFor } from "./support/place.js";
import { endLoad, MOST_IN_HAND, startReplica } from "./support/several.js";
import { freePort } from "./support/until.js";

const RATE = 300;
/** nginx repeats no POST. */
const POSTS = ["post-new", "post-kept"];

/** Two daemons behind the nginx of `front nginx`, under load. */
async function startTwo(t: TestContext, name: string) {
	const place = placeFor(t, name);
	const maps = [place.file("a.sqlite"), place.file("b.sqlite")] as const;
	writeSessionMap(maps[0], { abc: await startLoadContainer(t) });
	copyFileSync(maps[0], maps[1]);
	const words = ["--mode", "gie"];
	const a = await startReplica(place, "a", { map: maps[0], words });
	const b = await startReplica(place, "b", { map: maps[1], words });
	const port = await startPrinted(
		"nginx",
		place,
		{ proxyPort: a.port, galaxyPort: await freePort() },
		...["--server", `127.0.0.1:${a.port}`, "--server", `127.0.0.1:${b.port}`],
	);
	const path = "/gie_proxy/load";
	const load = await startLoad(t, { port, rate: RATE, path });
	return { both: [a, b], load, log: (text: string) => t.diagnostic(text) };
}

test("a rolling restart of two daemons behind the printed nginx loses no GET, and at most what one had not accepted", async (t) => {
	const { both, load, log } = await startTwo(t, "several-nginx-restart");
	for (const replica of both) {
		await load.until(RATE / 2);
		// nginx leaves it out for 2 s after a failure. The next one accepts for longer than that while it drains.
		await replica.restart();
	}
	await load.until(RATE / 2);
	await endLoad(load, log, POSTS, 2);
});

test("of a daemon that is killed behind nginx only POSTs that it had in hand are lost", async (t) => {
	const { both, load, log } = await startTwo(t, "several-nginx-killed");
	for (const replica of both) {
		await load.until(RATE / 2);
		await replica.kill();
		await load.until(RATE);
		await replica.start();
		// nginx still leaves it out for 2 s.
		await load.until(RATE * 3);
	}
	await load.until(RATE);
	await endLoad(load, log, POSTS, 2 * MOST_IN_HAND);
});

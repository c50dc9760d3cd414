import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { SESSION } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";
import { freePort } from "../support/free-port.js";
import { writeSessionMap } from "../support/session-map.js";
import { startPrinted } from "./support/front-servers.js";
import { PREFIX } from "./support/neighbours.js";
import { placeFor } from "./support/place.js";
import { until } from "./support/until.js";

test("a row that leads to the nginx in front is refused on its second pass", async (t) => {
	const place = placeFor(t, "neighbour-loop");
	const daemon = await startDaemon(t, { args: ["--forward-session-cookie"] });
	const behind = { proxyPort: daemon.port, galaxyPort: await freePort() };
	const words = ["--proxy-prefix", PREFIX];
	const front = await startPrinted("nginx", place, behind, ...words);
	writeSessionMap(daemon.map, {
		[SESSION]: { host: "127.0.0.1", port: front },
	});
	let asked = 0;
	const ask = () =>
		fetch(`http://127.0.0.1:${front}${PREFIX}/pass-${++asked}`, {
			headers: { Cookie: `galaxysession=${SESSION}` },
		});
	let answer = await ask();
	await until("the row to be known", async () => {
		if (answer.status === 403) answer = await ask();
		return answer.status !== 403;
	});
	assert.equal(answer.status, 508);
	const passes = () =>
		readFileSync(place.file("nginx/access.log"), "latin1")
			.split("\n")
			.filter((line) => line.includes(`/pass-${asked} `))
			.map((line) => /" (\d{3}) /.exec(line)?.[1]);
	// nginx logs a request once it has sent the answer.
	await until("the first pass in nginx's log", () => passes().length >= 2);
	assert.deepEqual(passes(), ["508", "508"]);
});

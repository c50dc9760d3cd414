import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { startDaemon } from "../support/daemon.js";
import { pathOf, startToolMap, TOOL_PREFIX } from "../support/tools.js";
import { openWindow, startBrowser } from "./support/browser.js";
import { type Place, placeFor } from "./support/place.js";

/**
 * A tool that, like Streamlit, sets a cookie for the whole host and accepts an upload only with the same value in a field.
 */
async function startTool(place: Place, secret: string) {
	const cookies: string[] = [];
	const server = createServer((request, response) => {
		cookies.push(request.headers.cookie ?? "");
		if (request.method === "POST") {
			const isOwn = request.headers["x-xsrf"] === secret;
			const isSent = request.headers.cookie === `_streamlit_xsrf=${secret}`;
			response.end(isOwn && isSent ? "saved" : "refused");
			return;
		}
		response.setHeader("Set-Cookie", `_streamlit_xsrf=${secret}; Path=/`);
		response.setHeader("Content-Type", "text/html");
		response.end("<h1>Tool</h1>");
	});
	return { cookies, port: await place.serve(server) };
}

/** Sends the form with the token that the page's script finds in its cookies. */
const SAVE = `fetch("upload", {
	method: "POST",
	headers: { "X-Xsrf": document.cookie.replace("_streamlit_xsrf=", "") },
}).then((answer) => answer.text())`;

test("two tools by path in one browser do not meet each other's cookies", async (t) => {
	const place = placeFor(t, "tools-cookies");
	const map = startToolMap(t);
	const tools = {
		k1: await startTool(place, "first"),
		k2: await startTool(place, "second"),
	};
	for (const [key, { port }] of Object.entries(tools))
		await map.put(key, `token${key}`, "127.0.0.1", port);
	const daemon = await startDaemon(t, {
		map: map.path,
		args: ["--mode", "gxit", "--proxyPathPrefix", TOOL_PREFIX],
	});
	const browser = await startBrowser(place);
	const galaxy = `http://localhost:${daemon.port}`;
	const first = await openWindow(browser);
	const session = { name: "galaxysession", value: "secret", httpOnly: true };
	await first.context().addCookies([{ ...session, url: galaxy }]);
	const second = await first.context().newPage();
	await first.goto(`${galaxy}${pathOf("k1", "tokenk1")}/`);
	await second.goto(`${galaxy}${pathOf("k2", "tokenk2")}/`);

	assert.equal(await first.evaluate(SAVE), "saved");
	assert.equal(await second.evaluate(SAVE), "saved");
	const sent = Object.values(tools).map(({ cookies }) => cookies.join(" "));
	assert.doesNotMatch(sent.join(), /galaxysession|secret/);
	assert.deepEqual(
		sent.map((cookies) => /first/.test(cookies) && /second/.test(cookies)),
		[false, false],
	);
});

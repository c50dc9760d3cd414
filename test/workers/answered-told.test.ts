import assert from "node:assert/strict";
import { test } from "node:test";
import { askForPage, titleOf } from "../proxy/page-asked.js";
import { startBackend } from "../support/container.js";
import { startGroup } from "../support/group.js";
import { expectEverywhere, killAll, withFirstAlone } from "./everywhere.js";

const OK =
	"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";

test("a container that has answered through one worker is not said to be starting by any other", async (t) => {
	let hasAnswered = false;
	const container = await startBackend(t, async (connection) => {
		await connection.request();
		if (hasAnswered) connection.socket.destroy();
		else connection.send(OK);
		hasAnswered = true;
	});
	const { host, port } = container;
	const group = await startGroup(t, { sessions: { abc: { host, port } } });
	const page = () => askForPage(t, group.port);
	const answer = await withFirstAlone(group, page);
	assert.equal(answer.text, "ok");
	const title = async () =>
		/is starting/.test(titleOf(await page())) ? "starting" : "known";
	await group.roll();
	await expectEverywhere(title, "known", "after a rolling restart");
	await killAll(group, 2);
	await expectEverywhere(title, "known", "after the death of all workers");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../support/client.js";
import { startDaemon } from "../support/daemon.js";
import { startGalaxyApi } from "../support/galaxy-api.js";
import {
	byHost,
	byPath,
	KEY,
	startToolDaemon,
	startToolMap,
	TOKEN,
} from "../support/tools.js";

test("with --check-owner a daemon asks Galaxy, and no log line shows cookie or token", async (t) => {
	const galaxy = await startGalaxyApi(t);
	galaxy.entryPoints.set(KEY, { owner: "annassecret", state: "active" });
	galaxy.others.add("ben");
	const { daemon, container } = await startToolDaemon(t, {
		args: ["--check-owner", "--galaxy-url", galaxy.url, "--verbose"],
	});
	const client = await connect(t, daemon.port);
	async function statusOf(text: string): Promise<number> {
		client.send(text);
		return (await client.response()).status;
	}
	const anna = "Cookie: galaxysession=annassecret";
	assert.equal(await statusOf(byPath("GET /", anna)), 200);
	assert.equal(
		await statusOf(byPath("GET /", "Cookie: galaxysession=ben")),
		403,
	);
	assert.equal(await statusOf(byPath("GET /")), 403);
	assert.equal(await statusOf(byHost("GET /")), 404);
	assert.equal(container.requests.length, 1);
	galaxy.instead = (response) => response.writeHead(502).end();
	const carol = "Cookie: galaxysession=carolssecret";
	assert.equal(await statusOf(byPath("GET /", carol)), 503);
	const { reason } = await daemon.logged(({ msg = "" }) =>
		msg.startsWith("Galaxy cannot be asked"),
	);
	assert.equal(reason, "status 502");
	const log = JSON.stringify(daemon.lines);
	assert.ok(!log.includes("secret") && !log.includes(TOKEN), log);
});

test("without --proxyPathPrefix the log says that no tool can be reached", async (t) => {
	const { path } = startToolMap(t);
	const args = ["--mode", "gxit", "--check-owner", "--galaxy-url"];
	const daemon = await startDaemon(t, {
		map: path,
		args: [...args, "http://galaxy.example"],
	});
	const start = "with --check-owner tools are reached by path alone";
	await daemon.logged(({ msg = "" }) => msg.startsWith(start));
});

test("a row that was removed is forgotten with its users", async (t) => {
	const galaxy = await startGalaxyApi(t);
	galaxy.entryPoints.set(KEY, { owner: "anna", state: "active" });
	const { daemon, map, container } = await startToolDaemon(t, {
		args: ["--check-owner", "--galaxy-url", galaxy.url],
	});
	const client = await connect(t, daemon.port);
	const ask = async () => {
		client.send(byPath("GET /", "Cookie: galaxysession=anna"));
		return (await client.response()).status;
	};
	assert.equal(await ask(), 200);
	await map.remove(KEY);
	assert.equal(await ask(), 404);
	await map.put(KEY, TOKEN, container.host, container.port);
	galaxy.entryPoints.set(KEY, { owner: "ben", state: "active" });
	assert.equal(await ask(), 403);
});

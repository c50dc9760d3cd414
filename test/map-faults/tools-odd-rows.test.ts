import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import {
	askTool,
	startToolContainer,
	startToolMap,
	startToolsDaemon,
} from "../same-address/tools-shared.js";

test("odd rows of tools are answered 503 and logged once each, the others are served", async (t) => {
	const { port } = await startToolContainer(t);
	const map = startToolMap(t);
	const header = { requires_path_in_header_named: "Host" };
	await map.put("good", "t", "127.0.0.1", port);
	await map.put("json", "t", "127.0.0.1", port + 1, "{");
	await map.put("header", "t", "127.0.0.1", port + 2, header);
	await map.put("noport", "t", "127.0.0.1", null);
	const daemon = await startToolsDaemon(t, map);
	for (const key of ["json", "header", "noport", "json", "header"])
		assert.equal((await askTool(t, daemon, key, "t")).status, 503, key);
	for (const key of ["json", "header", "noport"])
		assert.equal((await askTool(t, daemon, key, "wrong")).status, 404, key);
	assert.equal((await askTool(t, daemon, "good", "t")).status, 200);
	await daemon.stop();
	const warned = daemon.lines.filter(({ msg }) => msg?.includes("tool's row"));
	assert.deepEqual(
		warned.map(({ session }) => session),
		[sessionLabel("json/t"), sessionLabel("header/t")],
	);
});

test("a row with host 0.0.0.0 leads to this machine, with one warning", async (t) => {
	const { port } = await startToolContainer(t);
	const map = startToolMap(t);
	await map.put("any", "t", "0.0.0.0", port);
	await map.put("two", "t", "::", 1);
	const daemon = await startToolsDaemon(t, map);
	for (const key of ["any", "any", "two"]) await askTool(t, daemon, key, "t");
	assert.equal((await askTool(t, daemon, "any", "t")).status, 200);
	await daemon.stop();
	const warned = daemon.lines.filter(({ msg }) => msg?.includes("0.0.0.0"));
	assert.equal(warned.length, 1);
});

test("rows of a JSON map without a token are never served, which is logged once", async (t) => {
	const { port } = await startToolContainer(t);
	const map = startToolMap(t, "map.json");
	await map.put("open", null, "127.0.0.1", port);
	await map.put("good", "t", "127.0.0.1", port);
	const daemon = await startToolsDaemon(t, map);
	await daemon.logged(({ msg }) => msg?.includes("have no token") === true);
	assert.equal((await askTool(t, daemon, "good", "t")).status, 200);
	await map.put("more", null, "127.0.0.1", port);
	for (const token of ["", "null", "undefined"])
		assert.equal((await askTool(t, daemon, "open", token)).status, 404, token);
	const lines = daemon.lines.filter(({ msg }) => msg?.includes("no token"));
	assert.deepEqual(
		lines.map(({ rows }) => rows),
		[1],
	);
});

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { environmentsPath, readSettings } from "../../src/config/config.js";
import { connect, request, SESSION } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { galaxyFolder } from "./galaxy-folder.js";

/** The prefix that is served, and the environments' path, with these lines below `galaxy:`. */
function prefixes(t: TestContext, ...lines: string[]) {
	const text = `galaxy:\n${lines.map((line) => `  ${line}\n`).join("")}`;
	const cwd = galaxyFolder(t, { "galaxy.yml": text });
	const { config, galaxy } = readSettings(
		{ config: "galaxy.yml" },
		{ env: {}, cwd },
	);
	assert.ok(galaxy);
	return [config.proxyPrefix, environmentsPath(galaxy)];
}

const external = "dynamic_proxy_external_proxy: true";

test("cookie_path and dynamic_proxy_prefix make the prefix, with single slashes", (t) => {
	const expect = (path: string, ...lines: string[]) =>
		assert.deepEqual(prefixes(t, external, ...lines), [path, path]);
	expect("/gie_proxy");
	expect("/gie_proxy", "cookie_path: /");
	expect("/galaxy/gie_proxy", "cookie_path: /galaxy");
	expect("/a/b/c/d", "cookie_path: /a//b/", "dynamic_proxy_prefix: /c/d/");
});

test("without an external proxy every path is served", (t) => {
	const lines = ["cookie_path: /galaxy", "dynamic_proxy_prefix: p"];
	assert.deepEqual(prefixes(t, ...lines), ["", "/galaxy/p"]);
});

test("the daemon serves below Galaxy's prefix alone", async (t) => {
	const container = await startAnswering(t);
	const { host, port } = container;
	const cwd = galaxyFolder(t, {
		"galaxy.yml": `galaxy:\n  ${external}\n  cookie_path: /galaxy\n`,
	});
	const daemon = await startDaemon(t, {
		sessions: { [SESSION]: { host, port } },
		args: ["--config", `${cwd}/galaxy.yml`],
	});
	const client = await connect(t, daemon.port);
	for (const [path, status] of [
		["/galaxy/gie_proxy/jupyter/", 200],
		["/gie_proxy/jupyter/", 404],
		["/galaxy/", 404],
	] as const)
		assert.equal(
			(await client.send(request(`GET ${path}`)).response()).status,
			status,
			path,
		);
});

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { readSettings } from "../../src/config/config.js";
import {
	connect,
	head,
	request,
	SESSION,
	upgrade,
	values,
} from "../support/client.js";
import { startDaemonChain } from "../support/proxy.js";
import { galaxyFolder } from "./galaxy-folder.js";

/** The environments' path, and the one outside of which requests are refused, with these lines below `galaxy:`. */
function paths(t: TestContext, ...lines: string[]) {
	const text = `galaxy:\n${lines.map((line) => `  ${line}\n`).join("")}`;
	const cwd = galaxyFolder(t, { "galaxy.yml": text });
	const given = { config: "galaxy.yml" };
	const { config } = readSettings(given, { env: {}, cwd });
	return [config.ownPath, config.proxyPrefix];
}

const external = "dynamic_proxy_external_proxy: true";

test("cookie_path and dynamic_proxy_prefix make the environments' path, with single slashes", (t) => {
	const expect = (path: string, ...lines: string[]) => {
		assert.deepEqual(paths(t, external, ...lines), [path, ""]);
		assert.deepEqual(paths(t, "a: b", ...lines), [path, ""]);
	};
	expect("/gie_proxy");
	expect("/gie_proxy", "cookie_path: /");
	expect("/galaxy/gie_proxy", "cookie_path: /galaxy");
	expect("/a/b/c/d", "cookie_path: /a//b/", "dynamic_proxy_prefix: /c/d/");
});

const YML = `galaxy:\n  ${external}\n  cookie_path: /galaxy\n`;
const INI = `[app:main]
dynamic_proxy_external_proxy = True
dynamic_proxy_prefix = gie_proxy
cookie_path = /galaxy
`;

/** A daemon with this file as its --config, whose container allows a service worker below Galaxy's path. */
async function start(
	t: TestContext,
	file: "galaxy.yml" | "galaxy.ini",
	...more: string[]
) {
	const text = file === "galaxy.yml" ? YML : INI;
	const folder = galaxyFolder(t, { [file]: text });
	const { daemon } = await startDaemonChain(t, {
		answer: head(
			"HTTP/1.1 200 OK",
			"Service-Worker-Allowed: /galaxy/gie_proxy/x/",
			"Content-Length: 0",
		),
		sessions: {},
		args: ["--config", `${folder}/${file}`, ...more],
	});
	return async (text: string) =>
		(await connect(t, daemon.port)).send(text).response();
}

const PATHS = [
	"/galaxy/gie_proxy/jupyter/",
	"/gie_proxy/jupyter/",
	"/samples/app/?a=b",
	"//galaxy//",
	"/",
];

for (const file of ["galaxy.yml", "galaxy.ini"] as const)
	test(`with ${file} no path is refused, since a front proxy may remove Galaxy's`, async (t) => {
		const ask = await start(t, file);
		for (const path of PATHS) {
			const { status, headers } = await ask(request(`GET ${path}`));
			assert.equal(status, 200, path);
			const scope = values(headers, "Service-Worker-Allowed");
			assert.deepEqual(scope, ["/galaxy/gie_proxy/x/"]);
			assert.equal((await ask(upgrade(path))).status, 200, path);
			const unknown = request(`GET ${path}`).replace(SESSION, "other");
			assert.equal((await ask(unknown)).status, 403);
		}
	});

test("--proxy-prefix stays strict with --config", async (t) => {
	const ask = await start(t, "galaxy.yml", "--proxy-prefix", "/ie");
	for (const [path, status] of [
		["/ie/jupyter", 200],
		["//ie", 200],
		["/galaxy/gie_proxy/jupyter/", 404],
		["/", 404],
	] as const) {
		assert.equal((await ask(request(`GET ${path}`))).status, status, path);
		assert.equal((await ask(upgrade(path))).status, status, path);
	}
});

test("GALAXY_PROXY_PROXY_PREFIX stays strict with --config", (t) => {
	const cwd = galaxyFolder(t, { "galaxy.yml": YML });
	const env = { GALAXY_PROXY_PROXY_PREFIX: "/galaxy/gie_proxy" };
	const { config } = readSettings({ config: "galaxy.yml" }, { env, cwd });
	assert.equal(config.proxyPrefix, "/galaxy/gie_proxy");
	assert.equal(config.ownPath, "/galaxy/gie_proxy");
});

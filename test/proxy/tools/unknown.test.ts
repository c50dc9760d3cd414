import assert from "node:assert/strict";
import { test } from "node:test";
import { ask, head, UPGRADE } from "../../support/client.js";
import {
	hostOf,
	KEY,
	pathOf,
	startToolChain,
	TOKEN,
	TOOL_PREFIX,
} from "../../support/tools.js";

const WRONG: [name: string, key: string, token: string][] = [
	["unknown key", "unknown", TOKEN],
	["wrong token", KEY, "wrong"],
	["shorter token", KEY, TOKEN.slice(0, -1)],
	["no token", KEY, ""],
	["no key", "", TOKEN],
	["prototype", "__proto__", "constructor"],
];

for (const page of ["*/*", "text/html"])
	test(`whatever is wrong with key or token, the answer is the same 404 (Accept: ${page})`, async (t) => {
		const { proxy, container } = await startToolChain(t);
		const answers = { host: new Set<string>(), path: new Set<string>() };
		const send = async (target: string, host: string): Promise<string> => {
			const lines = [`Host: ${host}`, `Accept: ${page}`];
			const text = head(`GET ${target} HTTP/1.1`, ...lines);
			const { status, headers, text: body } = await ask(t, proxy, text);
			assert.equal(status, 404);
			const fixed = headers.filter(([name]) => name !== "Date");
			return JSON.stringify([fixed, body]);
		};
		for (const [, key, token] of WRONG) {
			answers.host.add(await send("/a", hostOf(key, token)));
			answers.path.add(await send(`${pathOf(key, token)}/a`, "x"));
			answers.path.add(await send(pathOf(key, token), "x"));
		}
		answers.host.add(await send("/a", "galaxy.example"));
		answers.path.add(await send(TOOL_PREFIX, "x"));
		assert.equal(answers.host.size, 1);
		assert.equal(answers.path.size, 1);
		assert.equal(container.connections.length, 0);
	});

test("an upgrade without a tool is answered with a status line, and no container is asked", async (t) => {
	const { proxy } = await startToolChain(t);
	for (const [name, key, token] of WRONG) {
		const text = head("GET / HTTP/1.1", `Host: ${hostOf(key, token)}`);
		const upgrade = text.replace("\r\n\r\n", `\r\n${head(...UPGRADE)}`);
		assert.equal((await ask(t, proxy, upgrade)).status, 404, name);
	}
});

test("the log of an unknown tool's request has only Galaxy's own words of its path", async (t) => {
	const { proxy } = await startToolChain(t);
	const paths = [
		`${pathOf(KEY, "wrong")}/a`,
		`${TOOL_PREFIX}/k`,
		"/InteractiveTool/ep/k/t",
		"/a",
	];
	const shown: string[] = [];
	for (const [index, path] of paths.entries()) {
		await ask(t, proxy, head(`GET ${path} HTTP/1.1`, "Host: x"));
		shown.push((await proxy.exchange(index)).path);
	}
	assert.deepEqual(shown, ["/...", `${TOOL_PREFIX}/...`, "/...", "/..."]);
});

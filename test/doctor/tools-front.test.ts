import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { scratchFolder } from "../support/folders.js";
import { examine } from "./examined.js";
import {
	expectToolDiagnoses,
	isForTool,
	startToolsSite,
	type ToolsCase,
} from "./tools-site.js";

const isNamed = (head: string) => /^host: [^\s.]+\.ep\./im.test(head);

/** A request for no tool shows them. */
const CASES: Record<string, ToolsCase> = {
	"the front has no location for tools by path": {
		to: (_, head) => (isNamed(head) ? "proxy" : "galaxy"),
		name: "front prefix",
		what: /by path: .*\/interactivetool\/ep do not reach the proxy: answered 200/,
		remedy: /a location for \/interactivetool\/ep\//,
	},
	"the front has no server for the host names of tools": {
		to: (path, head) =>
			isForTool(path, "") && !isNamed(head) ? "proxy" : "galaxy",
		name: "front names",
		what: /requests for \*\.ep\.interactivetool\.localhost do not reach the proxy/,
		remedy: /a server for \*\.ep\.interactivetool\.localhost/,
	},
	"the front passes tools on to a closed port": {
		to: (path, head) => (isForTool(path, head) ? 502 : "galaxy"),
		name: "front prefix",
		what: /answered 502, by raw-front/,
		remedy: /the proxy's --port and --ip/,
	},
	"the front leads tools to gx-it-proxy": {
		to: () => "galaxy",
		galaxy: (request, response) => {
			const isTool = request.url !== "/";
			response.writeHead(isTool ? 502 : 200).end("Proxy target missing");
		},
		name: "front prefix",
		what: /reach gx-it-proxy, not this proxy: answered 502/,
		remedy: /galaxyctl restart gx-it-proxy/,
	},
	"the front's login takes requests for tools": {
		to: (path, head) => (isForTool(path, head) ? 401 : "galaxy"),
		name: "front names",
		what: /answered 401/,
		remedy: /auth_basic off/,
	},
	"the front speaks HTTP/1.0": {
		head: (head) => head.replace("HTTP/1.1\r\n", "HTTP/1.0\r\n"),
		name: "front http",
		verdict: "doubtful",
		what: /^by host name: the front uses HTTP\/1\.0/,
		remedy: /proxy_http_version 1\.1/,
	},
	"the front limits request bodies": {
		announced: 5_000_000,
		name: "front body",
		what: /^by path: the front refuses request bodies of 10 MiB \(413\)/,
		remedy: /in the location of the tools/,
	},
};

test("a front proxy for tools", (t) => expectToolDiagnoses(t, CASES));

test("with a front that leads tools to the proxy, nothing about it is wrong", async (t) => {
	const { url, args } = await startToolsSite(t);
	const { code, findings } = await examine([...args, "--url", url]);
	const of = (name: string) =>
		findings.filter((each) => each.name === name).map((each) => each.verdict);
	assert.equal(code, 0);
	for (const name of ["front", "tool names", "front prefix", "front names"])
		assert.deepEqual(of(name), ["good"], name);
	for (const name of ["front http", "front body"])
		assert.deepEqual(of(name), ["good", "good"], name);
	assert.deepEqual(of("same site"), ["doubtful"]);
});

test("before Galaxy's first tool has made the map, nothing about the front is wrong", async (t) => {
	const sessions = join(scratchFolder(t), "none.sqlite");
	const { url, args } = await startToolsSite(t, { sessions });
	const { findings } = await examine([...args, "--url", url]);
	const found = findings.filter(({ name }) => name.startsWith("front"));
	const names = found.find(({ name }) => name === "front names");
	assert.equal(names?.verdict, "good");
	assert.ok(found.every(({ verdict }) => verdict !== "wrong"));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { listRows } from "../../src/session-map/map-list.js";
import { examine } from "./examined.js";
import {
	expectToolDiagnoses,
	startToolsSite,
	type ToolsCase,
} from "./tools-site.js";

const ofHost = (change: (host: string) => string) => (head: string) =>
	head.replace(/^host: (.*)\r$/im, (_, host) => `Host: ${change(host)}\r`);

/** Faults that only a request for a tool shows. */
const CASES: Record<string, ToolsCase> = {
	"the front cuts the port off Host": {
		head: ofHost((host) => host.replace(/:\d+$/, "")),
		name: "front host",
		what: /^by host name: the front cuts the port off Host.*WebSockets of Jupyter and Streamlit will be refused/,
		remedy: /proxy_set_header Host \$http_host;/,
	},
	"the front names itself as the host": {
		head: ofHost(() => "localhost:4002"),
		name: "front tool",
		what: /^by host name: requests reach the proxy, but without the host name/,
		remedy: /proxy_set_header Host \$http_host;/,
	},
	"the front changes Host of WebSockets alone": {
		head: (head) =>
			/^upgrade:/im.test(head)
				? ofHost((host) => host.replace(/:\d+$/, ""))(head)
				: head,
		name: "front host",
		what: /^by path: on WebSockets Host or Origin arrive changed/,
		remedy: /blocks for WebSockets too/,
	},
	"the front merges slashes": {
		head: (head) => head.replace("/a//b ", "/a/b "),
		name: "front path",
		verdict: "doubtful",
		what: /^by path: two slashes in a path arrive as one/,
		remedy: /without a path after the port/,
	},
	"the front passes no upgrade on": {
		head: (head) => head.replace(/^(?:connection|upgrade):.*\r\n/gim, ""),
		name: "front upgrade",
		what: /^by host name: WebSockets are not passed on/,
		remedy: /Upgrade \$http_upgrade/,
	},
	"the front's scheme arrives changed": {
		head: (head) => `${head}X-Forwarded-Proto: https\r\n`,
		name: "front scheme",
		verdict: "doubtful",
		what: /^by path: X-Forwarded-Proto arrives as https, and browsers use http/,
		remedy: /--public-scheme http/,
	},
	"the front names the user to tools": {
		head: (head) => `${head}X-Auth-Request-Email: doctor@example.org\r\n`,
		name: "front login",
		verdict: "doubtful",
		what: /^by host name: the front adds x-auth-request-email/,
		remedy: /--withhold x-auth-request-email/,
	},
	"the front cuts tools that are silent": {
		patience: 1_500,
		flags: ["--silence", "4"],
		name: "front silence",
		what: /^by path: an answer that is silent for 4 s is cut/,
		remedy: /proxy_read_timeout/,
	},
	"the front holds answers back": {
		buffers: true,
		flags: ["--silence", "1"],
		name: "front buffering",
		verdict: "doubtful",
		what: /^by host name: the front buffers an answer/,
		remedy: /location of the tools/,
	},
};

test("a front proxy that changes requests for tools", (t) =>
	expectToolDiagnoses(t, CASES, "--probe", "--silence", "0.1"));

test("the probe asks for a tool by path and by host name, and removes its row", async (t) => {
	const site = await startToolsSite(t);
	const map = site.args[site.args.indexOf("--sessions") + 1] ?? "";
	const rows = () => listRows(map, 10, true, "gxit");
	const before = await rows();
	// Half of it may pass before the first part of an answer arrives.
	const flags = ["--url", site.url, "--probe", "--silence", "4"];
	const { code, findings } = await examine([...site.args, ...flags]);
	assert.equal(code, 0);
	for (const name of BOTH_WAYS)
		assert.deepEqual(
			findings
				.filter((each) => each.name === name)
				.map(({ verdict, what }) => [verdict, /^by [a-z ]+: /.exec(what)?.[0]]),
			[
				["good", "by path: "],
				["good", "by host name: "],
			],
			name,
		);
	const buffering = findings.filter(({ name }) => name === "front buffering");
	assert.deepEqual(
		buffering.map(({ what }) => what),
		["by path: ", "by host name: "].flatMap((where) => [
			`${where}answers arrive while they are written`,
			`${where}uploads arrive while they are sent`,
		]),
	);
	assert.deepEqual(await rows(), before);
});

const BOTH_WAYS = [
	"front tool",
	"front path",
	"front query",
	"front errors",
	"front host",
	"front login",
	"front commands",
	"front upgrade",
	"front upload",
	"front download",
];

import { test } from "node:test";
import {
	examine,
	examineSite,
	expectDiagnoses,
	expectDiagnosis,
	type SiteCase,
	startRunning,
	startSite,
} from "./examined.js";

/** The front proxy or its configuration is wrong; a request without a session shows it. */
const CASES: Record<string, SiteCase> = {
	"the front has no location for the environments": {
		to: () => "galaxy",
		name: "front prefix",
		what: /\/galaxy\/gie_proxy do not reach the proxy: answered 200/,
		remedy: /no location for \/galaxy\/gie_proxy/,
	},
	"the front's location has another prefix than Galaxy": {
		to: (path) => (path.startsWith("/galaxy/gie/") ? "proxy" : 404),
		name: "front prefix",
		what: /answered 404, by raw-front/,
		remedy: /dynamic_proxy_prefix/,
	},
	"the front passes environments on to a port where nobody answers": {
		to: (path) => (path.includes("gie_proxy") ? 502 : "galaxy"),
		name: "front prefix",
		what: /answered 502/,
		remedy: /port and host must be the proxy's --port/,
	},
	"the front asks for a login": {
		to: (path) => (path.includes("gie_proxy") ? 401 : "galaxy"),
		name: "front prefix",
		what: /answered 401/,
		remedy: /asks for a login/,
	},
	"the front speaks HTTP/1.0": {
		head: (head) => head.replace("HTTP/1.1\r\n", "HTTP/1.0\r\n"),
		name: "front http",
		verdict: "doubtful",
		what: /uses HTTP\/1\.0/,
		remedy: /proxy_http_version 1\.1/,
	},
	"the front limits request bodies": {
		announced: 5_000_000,
		name: "front body",
		what: /refuses request bodies of 10 MiB \(413\); it accepts 1 MiB/,
		remedy: /client_max_body_size 0/,
	},
	"the front sends everybody to https": {
		galaxy: (request, response) => {
			const Location = `https://galaxy.example${request.url}`;
			response.writeHead(301, { Location }).end();
		},
		name: "front",
		what: /sends browsers to https:\/\/galaxy\.example/,
		remedy: /--url https:\/\/galaxy\.example\/galaxy/,
	},
};

test("a front proxy without --probe", (t) => expectDiagnoses(t, CASES));

test("the front removes the prefix, and the proxy expects it", async (t) => {
	const flags = ["--proxy-prefix", "/galaxy/gie_proxy"];
	const running = await startRunning(t, { args: flags });
	const head = (sent: string) => sent.replace("/galaxy/gie_proxy", "");
	expectDiagnosis(await examineSite(t, running, { head, flags }), {
		name: "front prefix",
		what: /below \/galaxy\/gie_proxy reach the proxy, but not below its --proxy-prefix/,
		remedy: /nginx a proxy_pass without a path/,
	});
});

test("the name of --url is unknown, or nobody listens there, or not with this scheme", async (t) => {
	const running = await startRunning(t);
	const examined = (origin: string) =>
		examine([...running.args, "--url", `${origin}/galaxy`]);
	expectDiagnosis(await examined("http://127.0.0.1:1"), {
		name: "front",
		what: /ECONNREFUSED/,
		remedy: /Is the front proxy running/,
	});
	expectDiagnosis(await examined("http://galaxy.invalid"), {
		name: "front",
		what: /http:\/\/galaxy\.invalid cannot be reached/,
		remedy:
			/^Correct the name, in --url .*let this host resolve galaxy\.invalid/,
	});
	const origin = await startSite(t, running);
	expectDiagnosis(await examined(origin.replace("http:", "https:")), {
		name: "front",
		what: /cannot be reached/,
		remedy: /does not speak this scheme/,
	});
});

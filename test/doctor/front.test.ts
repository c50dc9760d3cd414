import { test } from "node:test";
import {
	type Diagnosis,
	examine,
	expectDiagnosis,
	startRunning,
	startSite,
} from "./examined.js";
import type { FrontFaults } from "./raw-front.js";

interface Case extends FrontFaults {
	diagnosis: Diagnosis;
}

/** The front proxy or its configuration is wrong; a request without a session shows it. */
const CASES: Record<string, Case> = {
	"the front has no location for the environments": {
		to: () => "galaxy",
		diagnosis: {
			name: "front prefix",
			what: /\/galaxy\/gie_proxy do not reach the proxy: answered 200/,
			remedy: /no location for \/galaxy\/gie_proxy/,
		},
	},
	"the front's location has another prefix than Galaxy": {
		to: (path) => (path.startsWith("/galaxy/gie/") ? "proxy" : 404),
		diagnosis: {
			name: "front prefix",
			what: /answered 404, by raw-front/,
			remedy: /dynamic_proxy_prefix/,
		},
	},
	"the front passes environments on to a port where nobody answers": {
		to: (path) => (path.includes("gie_proxy") ? 502 : "galaxy"),
		diagnosis: {
			name: "front prefix",
			what: /answered 502/,
			remedy: /port and host must be the proxy's --port/,
		},
	},
	"the front asks for a login": {
		to: (path) => (path.includes("gie_proxy") ? 401 : "galaxy"),
		diagnosis: {
			name: "front prefix",
			what: /answered 401/,
			remedy: /asks for a login/,
		},
	},
	"the front speaks HTTP/1.0": {
		head: (head) => head.replace("HTTP/1.1\r\n", "HTTP/1.0\r\n"),
		diagnosis: {
			name: "front http",
			verdict: "doubtful",
			what: /uses HTTP\/1\.0/,
			remedy: /proxy_http_version 1\.1/,
		},
	},
	"the front limits request bodies": {
		announced: 5_000_000,
		diagnosis: {
			name: "front body",
			what: /refuses request bodies of 10 MiB \(413\); it accepts 1 MiB/,
			remedy: /client_max_body_size 0/,
		},
	},
};

test("a front proxy without --probe", async (t) => {
	const running = await startRunning(t);
	for (const [name, { diagnosis, ...faults }] of Object.entries(CASES))
		await t.test(name, async (t) => {
			const origin = await startSite(t, running, faults);
			const url = ["--url", `${origin}/galaxy`];
			expectDiagnosis(await examine([...running.args, ...url]), diagnosis);
		});
});

test("the front removes the prefix, and the proxy expects it", async (t) => {
	const args = ["--proxy-prefix", "/galaxy/gie_proxy"];
	const running = await startRunning(t, { args });
	const head = (sent: string) => sent.replace("/galaxy/gie_proxy", "");
	const origin = await startSite(t, running, { head });
	const url = ["--url", `${origin}/galaxy`];
	expectDiagnosis(await examine([...running.args, ...args, ...url]), {
		name: "front prefix",
		what: /reach the proxy, but not below its --proxy-prefix/,
		remedy: /proxy_pass without a path/,
	});
});

test("an address that leads elsewhere", async (t) => {
	const running = await startRunning(t);
	await t.test("nobody listens there", async () => {
		const url = ["--url", "http://127.0.0.1:1/galaxy"];
		expectDiagnosis(await examine([...running.args, ...url]), {
			name: "front",
			what: /ECONNREFUSED/,
			remedy: /Is the front proxy running/,
		});
	});

	await t.test("the front sends everybody to https", async (t) => {
		const origin = await startSite(t, running, {
			galaxy: (request, response) => {
				const Location = `https://galaxy.example${request.url}`;
				response.writeHead(301, { Location }).end();
			},
		});
		const url = ["--url", `${origin}/galaxy`];
		expectDiagnosis(await examine([...running.args, ...url]), {
			name: "front",
			what: /sends browsers to https:\/\/galaxy\.example/,
			remedy: /--url https:\/\/galaxy\.example\/galaxy/,
		});
	});

	await t.test("https where http is spoken", async (t) => {
		const origin = await startSite(t, running);
		const url = ["--url", `${origin.replace("http:", "https:")}/galaxy`];
		expectDiagnosis(await examine([...running.args, ...url]), {
			name: "front",
			what: /cannot be reached/,
			remedy: /does not speak this scheme/,
		});
	});
});

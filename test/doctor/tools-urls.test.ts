import { join } from "node:path";
import { test } from "node:test";
import { scratchFolder } from "../support/folders.js";
import { examine, expectDiagnosis, startPackage } from "./examined.js";
import { examineGalaxy, galaxyFolder } from "./galaxy-file.js";

const TOOLS = "interactivetools_enable: true";

for (const [what, settings, problem, remedy] of [
	[
		"galaxy_infrastructure_url is missing",
		"",
		/galaxy_infrastructure_url is missing/,
		/galaxy_infrastructure_url: https/,
	],
	[
		"galaxy_infrastructure_url is this host's own",
		", galaxy_infrastructure_url: 'http://localhost:8080'",
		/galaxy_infrastructure_url is http:\/\/localhost:8080/,
		/as containers reach it/,
	],
	[
		"links lead past the front proxy",
		", interactivetools_upstream_proxy: false, interactivetools_proxy_host: 'h:4002'",
		/interactivetools_upstream_proxy is false .* lead to h:4002/,
		/set it to true/,
	],
	[
		"a URL in place of the tools' domain, but not switched on",
		", galaxy_infrastructure_url: 'https://g.test', interactivetools_proxy_host: 'https://tools.test'",
		/interactivetools_proxy_host \(https:\/\/tools\.test\) .* has no effect/,
		/Otherwise remove the line/,
	],
	[
		"a domain of the tools' own is named, but not switched on",
		", galaxy_infrastructure_url: 'https://g.test', interactivetools_proxy_host: tools.test",
		/interactivetools_proxy_host \(tools\.test\) .* has no effect/,
		/set interactivetools_upstream_proxy: false/,
	],
] as const)
	test(what, async (t) => {
		expectDiagnosis(await examineGalaxy(t, `galaxy: {${TOOLS}${settings}}`), {
			name: "tools urls",
			verdict: "doubtful",
			what: problem,
			remedy,
		});
	});

for (const [what, settings, problem, remedy] of [
	[
		"galaxy_infrastructure_url has no scheme",
		"galaxy_infrastructure_url: galaxy.test",
		/galaxy_infrastructure_url is galaxy\.test .*not a URL/,
		/with its scheme/,
	],
	[
		"the tools' domain is a URL",
		"interactivetools_upstream_proxy: false, interactivetools_proxy_host: 'https://tools.test'",
		/interactivetools_proxy_host is https:\/\/tools\.test/,
		/host name alone/,
	],
] as const)
	test(what, async (t) => {
		const galaxy = `galaxy: {${TOOLS}, ${settings}}`;
		expectDiagnosis(await examineGalaxy(t, galaxy), {
			name: "tools urls",
			what: problem,
			remedy,
		});
	});

test("Galaxy has a path and its tools by path have another one", async (t) => {
	const galaxy = `galaxy: {${TOOLS}, galaxy_url_prefix: /galaxy}`;
	expectDiagnosis(await examineGalaxy(t, galaxy), {
		name: "tools prefix",
		verdict: "doubtful",
		what: /below \/galaxy .* below \/interactivetool\/ep/,
		remedy: /interactivetools_base_path: \/galaxy/,
	});
});

test("the flag of doctor is another path than Galaxy's", async (t) => {
	const root = galaxyFolder(t, {
		"galaxy.yml": `galaxy: {${TOOLS}, interactivetools_prefix: its, interactivetools_base_path: /galaxy}`,
	});
	const args = ["--config", join(root, "galaxy.yml")];
	expectDiagnosis(await examine([...args, "--proxyPathPrefix", "/other/ep"]), {
		name: "tools prefix",
		what: /begin with \/galaxy\/its\/ep .*--proxyPathPrefix is \/other\/ep/,
		remedy: /--proxyPathPrefix \/galaxy\/its\/ep/,
	});
});

test("gravity starts the proxy on another port than the flag says", async (t) => {
	const root = galaxyFolder(t, {
		"galaxy.yml": `gravity: {gx_it_proxy: {enable: true}}\ngalaxy: {${TOOLS}}`,
	});
	const args = ["--config", join(root, "galaxy.yml"), "--port", "1"];
	expectDiagnosis(await examine(args), {
		name: "gravity address",
		what: /on localhost:4002 .*say 127\.0\.0\.1:1/,
		remedy: /gx_it_proxy\.port/,
	});
});

test("the running proxy has no path", {
	skip: process.platform !== "linux" && "processes are found in /proc",
}, async (t) => {
	const map = join(scratchFolder(t), "m.sqlite");
	const answer = "response.end()";
	const { args } = await startPackage(t, { version: "1.0.0", map, answer });
	const port = args.at(-1);
	const root = galaxyFolder(t, {
		"galaxy.yml": `gravity: {gx_it_proxy: {enable: true, ip: 127.0.0.1, port: ${port}}}
galaxy: {${TOOLS}, interactivetools_map: ${map}}`,
	});
	expectDiagnosis(await examine(["--config", join(root, "galaxy.yml")]), {
		name: "tools prefix",
		what: /process \d+ was started without --proxyPathPrefix/,
		remedy: /--proxyPathPrefix \/interactivetool\/ep/,
	});
});

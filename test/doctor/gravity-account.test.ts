import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Examined, examine, expectDiagnosis } from "./examined.js";
import { galaxyFolder } from "./galaxy-file.js";

const skip =
	process.getuid?.() !== 0 && "only root can give a folder to another account";
const NOBODY = 65_534;

interface Site {
	/** More of gravity's section. */
	gravity: string;
	/** The owner of data_dir. */
	owner: number;
	/** Whether supervisor has started the services before. */
	isSupervised?: boolean;
}

/** Doctor's output for a Galaxy whose package is in its folder. */
async function examineOwned(
	t: TestContext,
	{ gravity, owner, isSupervised = false }: Site,
): Promise<Examined> {
	const about = `{"name": "@galaxyproject/gx-it-proxy", "version": "1.0.0"}`;
	const root = galaxyFolder(t, {
		"config/galaxy.yml": `gravity:
  galaxy_root: "@"
  ${gravity}
  gx_it_proxy: {enable: true, port: 1}
galaxy: {interactivetools_enable: true, data_dir: "@/data"}`,
		"node_modules/@galaxyproject/gx-it-proxy/package.json": about,
		"node_modules/.bin/gx-it-proxy": "",
	});
	mkdirSync(join(root, "data/gravity"), { recursive: true });
	if (isSupervised) mkdirSync(join(root, "data/gravity/supervisor"));
	for (const folder of ["data", "data/gravity"])
		chownSync(join(root, folder), owner, owner);
	chmodSync(root, 0o755);
	const env = { GRAVITY_SYSTEMD_UNIT_PATH: join(root, "units") };
	return examine(["--config", join(root, "config/galaxy.yml")], { env });
}

test("systemd's account is not the owner of the files", { skip }, async (t) => {
	const gravity = "process_manager: systemd\n  galaxy_user: nobody";
	expectDiagnosis(await examineOwned(t, { gravity, owner: 1 }), {
		name: "gravity account",
		what: /run as nobody \(galaxy_user in \S+\), which may not write to \S+\/data, of daemon/,
		remedy: /^Set galaxy_user: daemon, or chown -R nobody \S+\/data; then/,
	});
});

test("the account of systemd's service does not exist, although the package is installed", async (t) => {
	const gravity = "process_manager: systemd\n  galaxy_user: no-such-account";
	const owner = process.getuid?.() ?? 0;
	expectDiagnosis(await examineOwned(t, { gravity, owner }), {
		name: "gravity home",
		verdict: "doubtful",
		what: /is no-such-account, and this host has no such account/,
		remedy: /Correct galaxy_user/,
	});
});

test("supervisor ignores galaxy_user", { skip }, async (t) => {
	const examined = await examineOwned(t, {
		gravity: "galaxy_user: no-such-account",
		owner: NOBODY,
		isSupervised: true,
	});
	expectDiagnosis(examined, {
		name: "gravity account",
		verdict: "doubtful",
		what: /^gravity ignores galaxy_user \(no-such-account\) in \S+: under supervisor .* is nobody by the owner of /,
		remedy: /^Remove galaxy_user, or set process_manager: systemd/,
	});
	const home = examined.findings.find(({ name }) => name === "gravity home");
	assert.equal(home?.verdict, "good", JSON.stringify(home));
});

test("the owner's own account is good", { skip }, async (t) => {
	const gravity = "process_manager: systemd\n  galaxy_user: nobody";
	const { findings } = await examineOwned(t, { gravity, owner: NOBODY });
	const found = findings.find(({ name }) => name === "gravity account");
	assert.equal(found?.verdict, "good", JSON.stringify(found));
});

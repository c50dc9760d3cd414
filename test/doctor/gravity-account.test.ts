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
	/** What getfacl prints for each path. */
	acl?: string;
}

/** Doctor's output for a Galaxy whose package is in its folder. */
async function examineOwned(
	t: TestContext,
	{ gravity, owner, isSupervised = false, acl = "" }: Site,
): Promise<Examined> {
	const about = `{"name": "@galaxyproject/gx-it-proxy", "version": "1.0.0"}`;
	const map = "data/interactivetools_map.sqlite";
	const root = galaxyFolder(t, {
		"config/galaxy.yml": `gravity:
  galaxy_root: "@"
  ${gravity}
  gx_it_proxy: {enable: true, port: 1}
galaxy: {interactivetools_enable: true, data_dir: "@/data"}`,
		"node_modules/@galaxyproject/gx-it-proxy/package.json": about,
		"node_modules/.bin/gx-it-proxy": "",
		[map]: "",
		[`${map}-wal`]: "",
		"programs/getfacl": `#!/bin/sh\necho '${acl}'\n`,
	});
	chmodSync(join(root, "programs/getfacl"), 0o755);
	mkdirSync(join(root, "data/gravity"), { recursive: true });
	if (isSupervised) mkdirSync(join(root, "data/gravity/supervisor"));
	for (const path of ["data", "data/gravity", map])
		chownSync(join(root, path), owner, owner);
	chmodSync(root, 0o755);
	const env = {
		GRAVITY_SYSTEMD_UNIT_PATH: join(root, "units"),
		PATH: `${join(root, "programs")}:${process.env.PATH}`,
	};
	return examine(["--config", join(root, "config/galaxy.yml")], { env });
}

test("systemd's account is not the owner of the files", { skip }, async (t) => {
	const gravity = "process_manager: systemd\n  galaxy_user: nobody";
	expectDiagnosis(await examineOwned(t, { gravity, owner: 1 }), {
		name: "gravity account",
		what: /run as nobody \(galaxy_user in \S+\), which may not write to \S+\/data, of daemon/,
		remedy:
			/^Set galaxy_user: daemon, or chown nobody \S+\.sqlite \S+\.sqlite-wal && setfacl -m u:nobody:rwx \S+\/data \(.*\); then/,
	});
});

test("the files are root's: Galaxy must not run as root, nor get the datasets", {
	skip,
}, async (t) => {
	const gravity = "process_manager: systemd\n  galaxy_user: nobody";
	expectDiagnosis(await examineOwned(t, { gravity, owner: 0 }), {
		name: "gravity account",
		what: /which may not write to \S+\/data, of root:/,
		remedy: /^chown nobody \S+\.sqlite \S+-wal && setfacl -m u:nobody:rwx /,
	});
});

test("an ACL lets the account write", { skip }, async (t) => {
	const gravity = "process_manager: systemd\n  galaxy_user: nobody";
	const acl = "user::rwx\nuser:65534:rwx\ngroup::r-x\nmask::rwx";
	const { findings } = await examineOwned(t, { gravity, owner: 0, acl });
	const found = findings.find(({ name }) => name === "gravity account");
	assert.equal(found?.verdict, "good", JSON.stringify(found));
});

test("an ACL's mask takes the right away", { skip }, async (t) => {
	const gravity = "process_manager: systemd\n  galaxy_user: nobody";
	const acl = "user:65534:rwx\t#effective:r-x\nmask::r-x";
	expectDiagnosis(await examineOwned(t, { gravity, owner: 0, acl }), {
		name: "gravity account",
		what: /may not write to \S+\/data/,
		remedy: /^chown nobody /,
	});
});

test("units of an ordinary account have no galaxy_user", {
	skip,
}, async (t) => {
	const gravity = "process_manager: systemd";
	const { findings } = await examineOwned(t, { gravity, owner: NOBODY });
	const found = findings.find(({ name }) => name === "gravity account");
	assert.equal(found?.verdict, "good", JSON.stringify(found));
	assert.match(found?.what ?? "", /run as nobody \(the owner of \S+\)$/);
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

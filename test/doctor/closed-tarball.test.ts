import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository, scratchFolder } from "../support/folders.js";

const skip =
	process.getuid?.() !== 0 && "only root can start another account's process";
const NOBODY = 65_534;

test("a tarball in a folder that doctor's account may not enter is not taken for a missing one", {
	skip,
}, (t) => {
	const folder = scratchFolder(t);
	chmodSync(folder, 0o755);
	mkdirSync(join(folder, "closed"), { mode: 0o700 });
	// The repository may be closed to other accounts.
	for (const file of ["npx.js", "version-range.js"])
		cpSync(
			join(repository, "dist/commands/doctor/tools", file),
			join(folder, file),
		);
	const program = `require("./npx.js")
		.resolveNpx("gx-it-proxy", "file:closed/proxy.tgz", { root: process.cwd() })
		.then((runs) => console.log(JSON.stringify(runs)));`;
	const text = execFileSync(process.execPath, ["-e", program], {
		cwd: folder,
		uid: NOBODY,
		gid: NOBODY,
		encoding: "utf8",
	});
	const path = join(folder, "closed/proxy.tgz");
	assert.deepEqual(JSON.parse(text), { where: "file", path });
});

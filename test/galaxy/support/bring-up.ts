import { execFileSync } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { chmodSync, mkdtempSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { packInto } from "../../e2e/support/tarballs.js";
import { freePort } from "../../support/free-port.js";
import { makePerson } from "./api.js";
import { importImage, makeEngineHost, startEngine } from "./engine.js";
import { startFront } from "./front.js";
import { configureFirst, startGalaxy } from "./gravity.js";
import { type Lab, saveLab } from "./lab.js";
import { writeGalaxySettings } from "./settings.js";

/** Measures a part of the work under this name. */
export type Timed = <T>(name: string, part: () => Promise<T>) => Promise<T>;

/** Names, ports and addresses that nothing else on this machine has. */
export async function planLab(venv: string): Promise<Lab> {
	const id = randomBytes(4).toString("hex");
	const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-lab-"));
	chmodSync(folder, 0o755);
	const lab = {
		folder,
		venv,
		user: `gxlab${id}`,
		namespace: `gxlab${id}`,
		...freeNetwork(),
		galaxyPort: await freePort(),
		proxyPort: await freePort(),
		frontPort: await freePort(),
		tarballs: packInto(folder),
		people: {},
	};
	saveLab(lab);
	return lab;
}

/** Starts everything. What it started can be taken down even if it throws. */
export async function bringUp(lab: Lab, timed: Timed): Promise<Lab> {
	execFileSync("useradd", [
		...["--system", "--user-group", "--no-create-home", "--no-log-init"],
		...["--home-dir", join(lab.folder, "home"), lab.user],
	]);
	await timed("Docker engine and image", async () => {
		await makeEngineHost(lab);
		await startEngine(lab);
		await importImage(lab);
	});
	writeGalaxySettings(lab);
	configureFirst(lab);
	await startFront(lab);
	await timed("Galaxy's first start", () => startGalaxy(lab));
	return await timed("users", async () => {
		const people = {
			anna: await makePerson(lab, "anna"),
			ben: await makePerson(lab, "ben"),
		};
		const complete = { ...lab, people };
		saveLab(complete);
		return complete;
	});
}

/** An unused network of four addresses in 10.78.0.0/16. */
function freeNetwork(): { hereAddress: string; engineAddress: string } {
	const taken = Object.values(networkInterfaces())
		.flat()
		.map((each) => each?.address);
	for (;;) {
		const network = `10.78.${randomInt(256)}`;
		const last = 4 * randomInt(64);
		const hereAddress = `${network}.${last + 1}`;
		if (!taken.includes(hereAddress))
			return { hereAddress, engineAddress: `${network}.${last + 2}` };
	}
}

import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isDatabaseUrl } from "../../../database.js";
import {
	type Account,
	accountOf,
	closedFolder,
	isAllowed,
	WRITE,
} from "../account.js";
import { doubtful, type Found, good, wrong } from "../finding.js";
import { launchOf } from "./launch.js";
import { galaxysMap } from "./map-place-checks.js";
import { type Setup, textOf } from "./setup.js";

/** Do gravity's services run as the account to which Galaxy's files belong? */
export async function accountOfGravity(
	setup: Setup,
): Promise<Found | undefined> {
	const { service, account } = await launchOf(setup);
	const { gravity, gravityFile } = setup;
	if (!service.isEnabled || account === undefined) return undefined;
	const { name } = account;
	const user = textOf(gravity.galaxy_user);
	const isSystemd = service.manager === "systemd";
	if (user !== undefined && user !== name && !isSystemd)
		return doubtful`gravity ignores galaxy_user (${user}) in ${gravityFile}: under ${service.manager} its services run as the account that starts galaxyctl, which is ${name} by the owner of ${service.stateFolder}
			-> Remove galaxy_user, or set process_manager: systemd and, as root, galaxyctl update && galaxyctl start.`;
	const map = galaxysMap(setup).at;
	const closed = isDatabaseUrl(map)
		? undefined
		: await closedTo(account, map).catch(() => undefined);
	const by = isSystemd
		? `galaxy_user in ${gravityFile}`
		: `the owner of ${service.stateFolder}`;
	if (closed === undefined)
		return good`gravity's services run as ${name} (${by})`;
	const { path, owner, isAbove } = closed;
	const may = isAbove ? `may not enter ${path}` : `may not write to ${path}`;
	const or = isAbove ? `chmod go+x ${path}` : `chown -R ${name} ${path}`;
	const change = isSystemd ? "Set galaxy_user:" : "Run galaxyctl as";
	return wrong`gravity's services, Galaxy among them, run as ${name} (${by}), which ${may}, of ${owner}: no tool gets into the map
		-> ${change} ${owner}, or ${or}; then galaxyctl update && galaxyctl restart.`;
}

/** The map, its folder, or a folder above that the account may not use, and its owner. */
async function closedTo(account: Account, map: string) {
	const above = await closedFolder(account, map);
	const path = above ?? (await closedToWrites(account, map));
	if (path === undefined) return undefined;
	const { uid } = await stat(path);
	const owner = (await accountOf(uid))?.name ?? `uid ${uid}`;
	const isAbove = above !== undefined && above !== dirname(map);
	return { path, owner, isAbove };
}

/** SQLite writes files next to the map as well, so its folder counts too. */
async function closedToWrites(
	account: Account,
	map: string,
): Promise<string | undefined> {
	const folder = dirname(map);
	if (!(await isAllowed(account, folder, WRITE))) return folder;
	const mayWrite = await isAllowed(account, map, WRITE).catch(() => true);
	return mayWrite ? undefined : map;
}

import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isDatabaseUrl } from "../../../database.js";
import {
	type Account,
	accountOf,
	closedTo,
	type NamedAccount,
	permitting,
	SEARCH,
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
	const isNamed = isSystemd && user !== undefined;
	const by = isNamed
		? `galaxy_user in ${gravityFile}`
		: `the owner of ${service.stateFolder}`;
	const map = galaxysMap(setup).at;
	const closed = isDatabaseUrl(map)
		? undefined
		: await mapClosedTo(account, map).catch(() => undefined);
	if (closed === undefined)
		return good`gravity's services run as ${name} (${by})`;
	const { path, bit } = closed;
	const isAbove = bit === SEARCH && path !== dirname(map);
	const may = isAbove ? `may not enter ${path}` : `may not write to ${path}`;
	const { uid } = await stat(path);
	const owner = (await accountOf(uid))?.name;
	const change = isNamed ? "Set galaxy_user:" : "Run galaxyctl as";
	// Never advise to run Galaxy as root.
	const other = owner && uid !== 0 ? `${change} ${owner}, or ` : "";
	const cure = isAbove
		? permitting(account, "x", path)
		: await permittingWrites(account, path, map);
	return wrong`gravity's services, Galaxy among them, run as ${name} (${by}), which ${may}, of ${owner ?? `uid ${uid}`}: no tool gets into the map
		-> ${other}${cure}; then galaxyctl update && galaxyctl restart.`;
}

/** SQLite writes files next to the map as well, so its folder counts too. */
async function mapClosedTo(account: Account, map: string) {
	const ofFolder = await closedTo(account, dirname(map), WRITE);
	return ofFolder ?? (await closedTo(account, map, WRITE));
}

/** For the map alone: its folder may contain the datasets. */
async function permittingWrites(
	account: NamedAccount,
	closed: string,
	map: string,
): Promise<string> {
	const files = ["", "-wal", "-shm", "-journal"]
		.map((end) => map + end)
		.filter(existsSync);
	const ofFiles =
		files.length > 0 && `chown ${account.name} ${files.join(" ")}`;
	const ofFolder = closed !== map && permitting(account, "rwx", dirname(map));
	return [ofFiles, ofFolder].filter(Boolean).join(" && ");
}
